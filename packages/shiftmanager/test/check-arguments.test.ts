import { describe, expect, test } from "vitest";
import {
  Batch,
  chunkedJsonSlices,
  genJsonpaths,
  identifier,
  join,
  keyword,
  list,
  literal,
  OptionsError,
  parseS3Uri,
  qualifiedName,
  randomPassword,
  raw,
  readJsonDocuments,
  Redshift,
  sql,
  userName,
} from "../src/index.ts";
import { signatures } from "../src/signatures.ts";

/** Nothing listens there: a refusal comes before any connection. */
const redshift = new Redshift({ host: "127.0.0.1", port: 1, user: "u", database: "d", iamRole: "default" });

type Member = Exclude<keyof typeof signatures, "new Redshift()">;
const members = Object.keys(signatures).filter((name) => name !== "new Redshift()") as Member[];

/** Calls a member as JavaScript may; what it throws at once rejects as well. */
function call(name: string, ...given: readonly unknown[]): Promise<unknown> {
  const members = redshift as unknown as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;
  return new Promise((resolve) => resolve(members[name]?.(...given)));
}

async function refusal(name: string, ...given: readonly unknown[]): Promise<OptionsError> {
  const error: unknown = await call(name, ...given).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, `${name}(${given.map(String).join(", ")})`).toBeInstanceOf(OptionsError);
  return error as OptionsError;
}

/** What each kind of argument takes. */
const fitting: Readonly<Record<string, unknown>> = {
  name: "t",
  table: "t",
  view: "t",
  relation: "t",
  password: "Str0ngEnough",
  users: ["u"],
  batch: "SELECT 1",
  text: "SELECT 1",
  statement: "SELECT 1",
  parameters: undefined,
  role: "default",
  roleName: undefined,
  data: [{ id: 1 }],
  key: "s3://sandbox/k",
  file: new Uint8Array(),
  filename: "/nowhere",
  bucket: "sandbox",
  bucketName: "sandbox",
  s3KeyPath: "k",
  keypath: "k",
  keyPrefix: "k",
  jsonpaths: null,
  redshiftTableName: "t",
};

/** The arguments of a call that would be right, but for one. */
function argumentsOf(member: Member, wrong: string, value: unknown): readonly unknown[] {
  return Object.keys(signatures[member]).map((name) => (name === wrong ? value : fitting[name]));
}

test("every method that takes arguments has a signature", () => {
  const own = Object.getOwnPropertyNames(Redshift.prototype);
  const without = ["constructor", "close", "cancel", "kysely"];
  // These are exports as well, and check for themselves; keys are refused where their clause is written.
  const elsewhere = ["randomPassword", "genJsonpaths", "chunkedJsonSlices", "setAwsCredentials"];
  const methods = own.filter((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(Redshift.prototype, name);
    return typeof descriptor?.value === "function" && ![...without, ...elsewhere].includes(name);
  });
  expect([...members].sort()).toEqual(methods.sort());
});

describe("an option that there is not is refused before anything is sent, with the nearest that there is", () => {
  const withOptions = members.filter((member) => "options" in signatures[member]);

  test.each(withOptions)("%s", async (member) => {
    const error = await refusal(
      member,
      ...argumentsOf(member, "options", { sginal: undefined, xyzzy: false }),
    );
    expect(error.message).toMatch(/ has no option xyzzy; (leave it out|a configuration parameter goes into)/);
  });

  test.each<[Member, object, string]>([
    ["createUser", { group: ["g"] }, "createUser has no option group; did you mean groups?"],
    ["deepCopy", { analize: false }, "deepCopy has no option analize; did you mean analyze?"],
    [
      "unloadTableToS3",
      { exsiting: "refuse" },
      "unloadTableToS3 has no option exsiting; did you mean existing?",
    ],
    [
      "copyJsonToTable",
      { cleanUpS4: false },
      "copyJsonToTable has no option cleanUpS4; did you mean cleanUpS3?",
    ],
    ["copyTableToS3", { linebytes: 1 }, "copyTableToS3 has no option linebytes; did you mean lineBytes?"],
    [
      "copyTableToRedshift",
      { deleteStatment: "DELETE FROM t" },
      "copyTableToRedshift has no option deleteStatment; did you mean deleteStatement?",
    ],
    [
      "writeStringToS3",
      { cannedACL: "private" },
      "writeStringToS3 has no option cannedACL; did you mean cannedAcl?",
    ],
    [
      "writeFileToS3",
      { contenttype: "x" },
      "writeFileToS3 has no option contenttype; did you mean contentType?",
    ],
    ["cleanLoads", { olderThan: 1 }, "cleanLoads has no option olderThan; did you mean olderThanMs?"],
    [
      "reflectedTable",
      { columns: { price: { typ: "int" } } },
      "reflectedTable has no option columns.price.typ; did you mean columns.price.type?",
    ],
    ["getTableNames", { shema: "s" }, "getTableNames has no option shema; did you mean schema?"],
    [
      "alterUser",
      { createdb: true, wlm_query_slot_count: 2 },
      "alterUser has no option wlm_query_slot_count; a configuration parameter goes into parameters.",
    ],
    ["createUser", { schema: "s" }, "createUser has no option schema"],
  ])("%s %j", async (member, options, message) => {
    expect((await refusal(member, ...argumentsOf(member, "options", options))).message).toContain(message);
  });

  test("the constructor's, also within iam and source", () => {
    expect(() => new Redshift({ hots: "h" } as never)).toThrow(
      "new Redshift() has no option hots; did you mean host?",
    );
    expect(() => new Redshift({ source: { pasword: "x" } } as never)).toThrow(
      "new Redshift() has no option source.pasword; did you mean source.password?",
    );
    expect(() => new Redshift({ iam: { workgroup: "w" } } as never)).toThrow(
      "new Redshift() has no option iam.workgroup; did you mean iam.workgroupName?",
    );
  });
});

describe("an argument of another kind is refused by name, never by a bare TypeError", () => {
  const strange = [
    undefined,
    null,
    5,
    true,
    "",
    "text",
    [],
    [5],
    {},
    Promise.resolve("t"),
    () => "t",
    Symbol("s"),
  ];

  test.each(members)("%s", async (member) => {
    for (const [name, kind] of Object.entries(signatures[member])) {
      for (const value of strange) {
        // Left out, most options are none.
        if (kind.fits(value) || (name === "options" && value === undefined)) continue;
        const error = await refusal(member, ...argumentsOf(member, name, value));
        expect(error.message).toMatch(new RegExp(`^${member} was given .+ for ${name}; (give|await) .+\\.$`));
      }
    }
  });

  test.each(members)("%s without arguments, or with a number for each", async (member) => {
    const names = Object.keys(signatures[member]);
    if (names.some((name) => name !== "options")) await refusal(member);
    await refusal(member, ...names.map(() => 5));
  });

  test.each<[Member, readonly unknown[], string]>([
    ["writeStringToS3", [5, "sandbox", "k"], "writeStringToS3 was given the number 5 for text; give text."],
    [
      "writeFileToS3",
      ["/tmp/x", "sandbox", "k"],
      "writeFileToS3 was given text for file; give bytes, a Blob, an open file or a stream (a file's name goes to writeFilenameToS3, text to writeStringToS3).",
    ],
    [
      "createUser",
      [Promise.resolve("a"), "Str0ngEnough"],
      "createUser was given a promise for name; await it first.",
    ],
    ["createUser", ["a"], "createUser was given nothing for password; give text or null."],
    ["getUsers", [null], "getUsers was given null for options; give an object."],
    ["copyTableToS3", ["sandbox", "k"], "copyTableToS3 was given nothing for options; give an object."],
    ["addToGroup", ["g", ["alice", 5]], "addToGroup was given another list for users; give a list of names."],
    [
      "deepCopy",
      ["t", { columns: { a: { type: 5 } } }],
      "deepCopy was given the number 5 for columns.a.type; give text.",
    ],
    [
      "createUser",
      ["u", null, { parameters: { a: { b: 1 } } }],
      "createUser was given another object for parameters; give an object of parameters",
    ],
    [
      "copyJsonToTable",
      ["sandbox", "k", [], ["$.a"], "t"],
      "copyJsonToTable was given a list for jsonpaths; give null or { jsonpaths: […] } or one of auto, auto ignorecase.",
    ],
    [
      "execute",
      ["SELECT $1", new Date(0)],
      "execute was given a Date for parameters; give a list of values, or an object of values by name.",
    ],
    ["addToGroup", ["g", "alice"], "addToGroup was given text for users; give a list of names."],
    [
      "unloadTableToS3",
      ["sandbox", "k", "t", { schema: null }],
      "unloadTableToS3 was given null for schema; give text, or leave it out.",
    ],
    [
      "unloadTableToS3",
      ["sandbox", "k", "t", { existing: "keep" }],
      'unloadTableToS3 was given "keep" for existing; give one of overwrite, refuse, replace.',
    ],
    [
      "copyJsonToTable",
      ["sandbox", "k", { id: 1 }, null, "t"],
      "copyJsonToTable was given an object for data; give a list, an iterable or a stream of JSON objects.",
    ],
    [
      "execute",
      ["SELECT 1", undefined, { transaction: "spilt" }],
      'was given "spilt" for transaction; give "split".',
    ],
  ])("%s(%j)", async (member, given, message) => {
    expect((await refusal(member, ...given)).message).toContain(message);
  });

  test("text that was given in the wrong place is not shown: it may be a secret", async () => {
    const { message } = await refusal("createUser", "u", "p", { groups: "hunter2" });
    expect(message).toBe("createUser was given text for groups; give a list of names.");
  });

  test("a stream is closed though it is never read", async () => {
    let closed = false;
    const data = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(new Error("read")),
        return: () => {
          closed = true;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    await refusal("copyJsonToTable", "sandbox", "k", data, null, "t", { slcies: 4 });
    expect(closed).toBe(true);
  });

  test.each<[string, () => unknown]>([
    ["identifier", () => identifier(5 as never)],
    ["userName", () => userName(null as never)],
    ["literal", () => literal({} as never)],
    ["sql", () => sql`SELECT ${5 as never}`],
    ["parseS3Uri", () => parseS3Uri(undefined as never)],
    ["randomPassword", () => randomPassword("12" as never)],
    ["genJsonpaths", () => genJsonpaths({}, { listIndex: 1 } as never)],
    ["list", () => list([5 as never])],
    ["join", () => join("a" as never)],
    ["keyword", () => keyword(5 as never, ["a"])],
    ["qualifiedName", () => qualifiedName(undefined as never)],
    ["raw", () => raw({} as never)],
    ["Batch", () => new Batch([{ kind: "alone" } as never])],
    ["readJsonDocuments", () => readJsonDocuments("events.json" as never, "events.json")],
    ["genJsonpaths of null", () => genJsonpaths(null as never)],
    ["setAwsCredentials", () => redshift.setAwsCredentials(5 as never, "x")],
  ])("the export %s", (_, give) => {
    expect(give).toThrow(OptionsError);
  });

  test("the export chunkedJsonSlices", async () => {
    await expect(chunkedJsonSlices([], 1, { dri: "x" } as never)).rejects.toThrow("did you mean dir?");
    await expect(chunkedJsonSlices("x.json" as never, 1)).rejects.toThrow(OptionsError);
  });
});
