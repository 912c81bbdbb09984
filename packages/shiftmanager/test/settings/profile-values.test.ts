import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OptionsError } from "../../src/errors.ts";
import { profileOptions } from "../../src/settings/profile-values.ts";
import type { Profile } from "../../src/settings/profile.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "profile-"));
  await writeFile(join(directory, "password"), "from the file\n");
});

afterAll(() => rm(directory, { recursive: true }));

const where = 'The profile "dev" in dev.json';

test("values are fetched from the environment, files and functions; each kept as it is meant", async () => {
  const options = await profileOptions(
    {
      host: { env: "THE_HOST" },
      port: { env: "THE_PORT" },
      database: () => "dev",
      user: async () => Promise.resolve("chad"),
      iamRole: ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"],
      ssl: false,
      source: { host: { file: "password" }, port: 5433 },
    },
    { where, directory, env: { THE_HOST: "localhost", THE_PORT: "5440" } },
  );
  expect(options).toEqual({
    host: "localhost",
    port: 5440,
    database: "dev",
    user: "chad",
    iamRole: ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"],
    ssl: false,
    source: { host: "from the file", port: 5433 },
  });
});

test("a password that is kept elsewhere is fetched at each connection, not before", async () => {
  const env: Record<string, string> = {};
  const { password } = await profileOptions({ password: { env: "SECRET" } }, { where, env });
  if (typeof password !== "function") throw new Error("It was fetched.");
  await expect(password()).rejects.toThrow(
    /"password" from the environment variable SECRET, which is not set/,
  );
  env["SECRET"] = "one";
  expect(await password()).toBe("one");
  env["SECRET"] = "two";
  expect(await password()).toBe("two");
  const inFile = await profileOptions({ password: { file: "password" } }, { where, directory });
  if (typeof inFile.password !== "function") throw new Error("It was fetched.");
  expect(await inFile.password()).toBe("from the file");
});

describe("what can never work is one sentence that names the profile", () => {
  test.each<[unknown, string]>([
    [{ pasword: "x" }, `${where} has "pasword", which is no setting; did you mean "password"?`],
    [{ source: { hots: "x" } }, `${where}, in source, has "hots", which is no setting; did you mean "host"?`],
    [
      { host: 5 },
      `${where} has a "host" that is no text; write a text, { env: "NAME" }, { file: "path" } or a function.`,
    ],
    [
      { host: { env: "A", file: "b" } },
      `${where} has a "host" that is no text; write a text, { env: "NAME" }, { file: "path" } or a function.`,
    ],
    [{ iam: "main" }, `${where} has a "iam" that is no object; write { … }.`],
    [[], `${where} is no object of settings; write { host: "…", database: "…" }.`],
    [
      { host: { env: "NOT_SET" } },
      `${where} takes its "host" from the environment variable NOT_SET, which is not set; set it.`,
    ],
    [{ port: { env: "WORD" } }, `${where} has a "port" that is no number in the environment variable WORD.`],
    [
      { host: { file: "/nowhere" } },
      `${where} takes its "host" from the file /nowhere, which cannot be read (ENOENT); check its name.`,
    ],
  ])("%j", async (profile, message) => {
    const promise = profileOptions(profile as Profile, { where, directory, env: { WORD: "many" } });
    await expect(promise).rejects.toThrow(new OptionsError(message));
  });
});
