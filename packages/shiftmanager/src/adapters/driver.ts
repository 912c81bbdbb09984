/** `pg` and what is built on it, in one module, so that it can be loaded when a connection is opened: what only builds SQL starts faster. */
export { default as pg } from "pg";
export { GuardedConnection } from "./guarded-connection.ts";
export { findPassword } from "./password.ts";
export { queryRows } from "./row-query.ts";
export { statementError } from "./statement-error.ts";
export { typeParsers } from "./type-parsers.ts";
