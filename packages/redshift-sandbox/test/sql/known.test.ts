import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  knownCatalogs,
  knownFunctions,
  missingFunctions,
  missingRelations,
  systemPrefix,
} from "../../src/sql/known.ts";

const folder = new URL("../../src/catalog/", import.meta.url);
const catalog = readdirSync(folder)
  .filter((file) => file.endsWith(".sql"))
  .map((file) => readFileSync(new URL(file, folder), "utf8"))
  .join("\n");
const made = (what: RegExp): string[] => [
  ...new Set([...catalog.matchAll(what)].map((match) => match[1] ?? "")),
];

test("every function that the catalog adds for clients may be called", () => {
  const functions = made(/CREATE (?:OR REPLACE )?(?:FUNCTION|AGGREGATE) pg_catalog\.(\w+)/g);
  expect(functions.length).toBeGreaterThan(50);
  expect(functions.filter((name) => !knownFunctions.has(name))).toEqual([]);
  expect(functions.filter((name) => missingFunctions.has(name))).toEqual([]);
});

test("every view that the catalog adds for clients may be read", () => {
  const views = made(/CREATE VIEW pg_catalog\.(\w+)/g);
  expect(views.length).toBeGreaterThan(30);
  expect(views.filter((name) => !knownCatalogs.has(name) && !systemPrefix.test(name))).toEqual([]);
  expect(views.filter((name) => missingRelations.has(name))).toEqual([]);
});
