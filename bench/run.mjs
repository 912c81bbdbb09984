// @ts-check
/**
 * Prints ratios, asserts nothing. Every figure stands beside the baseline that was measured in the same run, because absolute
 * times on a shared machine drift by a factor of two. Name one to run only that: `npm run bench -- start-up`.
 */
import { runInSandbox } from "./in-sandbox.mjs";
import { measureStartUp } from "./start-up.mjs";

/** @type {Record<string, () => Promise<void>>} */
const benches = {
  "start-up": measureStartUp,
  proxy: () => runInSandbox("./proxy.mjs"),
  command: () => runInSandbox("./command.mjs"),
  copy: () => runInSandbox("./copy.mjs"),
  catalog: () => runInSandbox("./catalog.mjs"),
  slices: () => runInSandbox("./slices.mjs"),
  postgres: () => runInSandbox("./postgres.mjs"),
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`There is no bench "${unknown}"; there are ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
console.log(`Node ${process.version} on ${process.platform}-${process.arch}`);
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  await bench();
}
