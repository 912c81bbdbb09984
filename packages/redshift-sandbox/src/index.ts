export { startSandbox, DEFAULT_BUCKET, DEFAULT_IAM_ROLE } from "./sandbox.ts";
export type { Sandbox, SandboxOptions, SandboxS3 } from "./sandbox.ts";
export type { Edition } from "./sql/plan.ts";
export type { Switches } from "./switches.ts";
export type { Fault, Faults } from "./faults.ts";
export type { ObjectStore, StoredObject } from "./s3/store.ts";
export { commandEnvironment } from "./environment.ts";
export { SandboxError } from "./errors.ts";
