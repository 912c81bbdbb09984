/** The package has no types of its own. */
declare module "pgpass" {
  interface ConnectionInfo {
    readonly host: string | undefined;
    readonly port: number;
    readonly database: string | undefined;
    readonly user: string | undefined;
  }
  interface Pgpass {
    (connection: ConnectionInfo, done: (password: string | undefined) => void): void;
    /** Sends warnings to another stream and returns the one before. */
    warnTo(stream: NodeJS.WritableStream): NodeJS.WritableStream;
  }
  const pgpass: Pgpass;
  export default pgpass;
}
