import { joinKey } from "../../s3/uri.ts";

/** Stands for a run's id where it is not known yet: in a preview. */
export const runIdMark = "<run id>";

/** What the name of every run's folder begins with. */
const folderStart = "shiftmanager-";

/** `PREFIX/shiftmanager-ID`: where one run writes, and nothing else does. */
export function runPrefix(keyPrefix: string, id: string): string {
  return joinKey(keyPrefix, `${folderStart}${id}`);
}

/** What the keys of all runs under a prefix begin with. */
export function runsPrefix(keyPrefix: string): string {
  return joinKey(keyPrefix, folderStart);
}

/** Beside the data, whose prefix holds only what COPY may read. */
export function ownerKey(prefix: string): string {
  return `${prefix}/owner.json`;
}

/** The folder of a key below `keyPrefix`, as `runPrefix` writes it; undefined for what lies in none. */
export function runPrefixOf(keyPrefix: string, key: string): string | undefined {
  const start = runsPrefix(keyPrefix);
  if (!key.startsWith(start)) return undefined;
  const end = key.indexOf("/", start.length);
  return end <= start.length ? undefined : key.slice(0, end);
}

/** Enough of a run's id to be no other's in one session, without what would need quotes. */
export function stagingId(id: string): string {
  return id === runIdMark ? id : id.replace(/[^0-9a-z]/g, "").slice(0, 12);
}
