import { constants } from "node:os";

const STOPPING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal that asks a program to end. */
export type StopSignal = (typeof STOPPING)[number];

/** Listens to the signals that ask us to end, from now on. */
export interface SignalWatch {
  /** Resolves at the first one. */
  readonly first: Promise<StopSignal>;
  /** The first one, when it has come. */
  readonly seen: StopSignal | undefined;
  close(): void;
}

/** Starts to listen. Each signal is also handed to `each`, the first included. */
export function watchSignals(each: (signal: StopSignal) => void = () => undefined): SignalWatch {
  let seen: StopSignal | undefined;
  let resolve: (signal: StopSignal) => void = () => undefined;
  const first = new Promise<StopSignal>((settle) => (resolve = settle));
  const listeners = STOPPING.map((signal) => {
    const listener = () => {
      seen ??= signal;
      resolve(seen);
      each(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return {
    first,
    get seen() {
      return seen;
    },
    close: () => listeners.forEach((remove) => remove()),
  };
}

/** The exit code by which shells know a program that a signal ended: 130 for SIGINT, 143 for SIGTERM. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
