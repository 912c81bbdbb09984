// @ts-check
/** Copies what `tsc` leaves behind (the sandbox's catalog SQL) into the build. */
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
await cp(`${root}packages/redshift-sandbox/src/catalog`, `${root}packages/redshift-sandbox/dist/catalog`, {
  recursive: true,
  filter: (path) => !/\.[cm]?ts$/.test(path),
});
