// @ts-check
import { connection } from "./connection.mjs";
import { deepCopy } from "./deep-copy.mjs";
import { faults } from "./faults.mjs";
import { jsonToRedshift, postgresToRedshift } from "./load.mjs";
import { prompt } from "./prompt.mjs";
import { reflection } from "./reflection.mjs";
import { s3 } from "./s3.mjs";
import { users } from "./users.mjs";

/**
 * Every member of the Python shiftmanager 0.7.1, what it is here, and for each promise about it (what is better than the
 * original, and each documented option) the tests that keep it. `npm run proof` writes docs/proof.md from this list, and a run
 * of the tests fails when a promise has no test, or one that did not pass.
 *
 * A test is named by its file in packages/shiftmanager/test/end-to-end, without `.test.ts`, and its full title: all of them
 * run against the sandbox.
 *
 * @typedef {object} Member
 * @property {string} [python] as the original's documentation writes it; absent for what it did not have
 * @property {string} here
 * @property {string} page in docs/
 * @property {Readonly<Record<string, readonly string[]>>} better what it does better than the original
 * @property {Readonly<Record<string, readonly string[]>>} options each documented option, by its name here
 *
 * @typedef {object} Section
 * @property {string} title
 * @property {readonly Member[]} members
 */

/** @type {readonly Section[]} */
export const sections = [
  connection,
  users,
  reflection,
  deepCopy,
  jsonToRedshift,
  postgresToRedshift,
  s3,
  prompt,
  faults,
];

/**
 * Promises that have no test yet, each by the name of its member: a run tells of them and does not fail. To be empty when
 * all is built.
 * @type {readonly string[]}
 */
export const open = [];
