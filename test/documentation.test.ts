import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "redshift-sandbox";
import type { Sandbox } from "redshift-sandbox";
import { asModule, transpile, typeErrors } from "./documentation/code-blocks.ts";
import { codeSpans, readPage } from "./documentation/markdown.ts";
import type { CodeBlock } from "./documentation/markdown.ts";
import type { PostgresSource } from "../packages/shiftmanager/test/end-to-end/postgres-source.ts";
import { startPostgresSource } from "../packages/shiftmanager/test/end-to-end/postgres-source.ts";
import { makeWorkingDirectory } from "./documentation/working-directory.ts";
import type { Outcome, WorkingDirectory } from "./documentation/working-directory.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = [
  "README.md",
  "examples/README.md",
  "packages/redshift-sandbox/README.md",
  "packages/shiftmanager/README.md",
  ...(await readdir(join(root, "docs"), { recursive: true }))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const pages = await Promise.all(
  names.map(async (name) => ({ name, ...readPage(await readFile(join(root, name), "utf8")) })),
);

/** Each is one word, then its text: `setup sql`, `setup sh`, `not run:`. */
const reasonNotRun = ({ comments }: CodeBlock): string | undefined =>
  comments.map((comment) => /^not run: (.+)$/s.exec(comment)?.[1]).find((reason) => reason !== undefined);
const setups = ({ comments }: CodeBlock, kind: "sql" | "sh"): readonly string[] =>
  comments.flatMap((comment) => {
    const [first, ...rest] = comment.split("\n");
    return first === `setup ${kind}` ? [rest.join("\n")] : [];
  });

test("the README opens with what this is for and exactly the two commands of a fresh clone", async () => {
  const { blocks } = readPage(await readFile(join(root, "README.md"), "utf8"));
  expect(blocks.slice(0, 2).map(({ language, text }) => `${language}: ${text}`)).toEqual([
    "sh: npm ci && npm run demo\n",
    "sh: npm ci && npm test\n",
  ]);
});

test("every link within the repository leads to a file, and to a heading where it names one", async () => {
  const broken: string[] = [];
  for (const name of [...names, "CONTRIBUTING.md", "packages/redshift-sandbox/DESIGN.md"]) {
    const text = await readFile(join(root, name), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? join(root, name) : join(root, dirname(name), path);
      const linked = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) =>
        error.code === "EISDIR" ? "" : undefined,
      );
      const anchors = anchorsOf(readPage(linked ?? "").headings.map((heading) => heading.text));
      if (linked === undefined || (anchor !== undefined && !anchors.includes(anchor)))
        broken.push(`${name}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

test("docs name every flag of every command, and no other", async () => {
  const directory = await makeWorkingDirectory();
  try {
    const commands = [
      ...["", "user create", "user alter", "user drop", "user list", "password"],
      ...["group create", "group drop", "group add", "group remove", "group list"],
      ...["table list", "table exists", "table show"],
      ...["view list", "view show", "schema dump"],
      ...[
        "table privileges",
        "table deep-copy",
        "load json",
        "load check",
        "load postgres",
        "load clean",
        "unload",
        "s3 put",
        "exec",
        "repl",
        "config",
        "completion",
      ],
    ].map((command) => ["shiftmanager", ...command.split(" ")]);
    for (const command of ["start", "exec", "clean"]) commands.push(["redshift-sandbox", command]);
    const flags = new Set<string>();
    for (const [program = "", ...words] of commands) {
      const { stdout } = await directory.run(program, [...words.filter((word) => word !== ""), "--help"], {});
      for (const [, flag = "", about = ""] of stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)(.*)$/gm))
        if (!about.includes("not possible yet")) flags.add(flag);
    }
    const named = new Set(
      pages
        .filter(({ name }) =>
          /^docs\/(?:command-line|configuration|deep-copy|users|load-json|load-postgres|load-safety|unload|s3|sandbox)\.md$/.test(
            name,
          ),
        )
        .flatMap(({ tables }) => tables.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells)))
        .flatMap((cell) => codeSpans(cell).flatMap((code) => code.match(/--[a-z][\w-]*/g) ?? [])),
    );
    expect([...named].sort()).toEqual([...flags].sort());
  } finally {
    await directory.remove();
  }
});

test("every comment above a block is one that the tests understand", () => {
  const unknown = pages.flatMap(({ name, blocks }) =>
    blocks.flatMap(({ line, comments }) =>
      comments
        .filter((comment) => !/^(?:not run: .+|setup (?:sql|sh)\n.+|output)$/s.test(comment))
        .map((comment) => `${name}:${line}: ${comment}`),
    ),
  );
  expect(unknown).toEqual([]);
});

test("every TypeScript block passes the type checker", () => {
  const modules = new Map(
    pages.flatMap(({ name, blocks }) =>
      blocks
        .filter((block) => block.language === "ts" && reasonNotRun(block) === undefined)
        .map(
          (block) => [`${name.replaceAll(/\W/g, "-")}-line-${block.line}.ts`, asModule(block.text)] as const,
        ),
    ),
  );
  expect(modules.size).toBeGreaterThan(0);
  expect(typeErrors(root.replace(/\/$/, ""), modules)).toEqual([]);
});

// Some pages start sandboxes and commands of their own; the limit only catches a hang.
describe("every code block runs, in the order of its page", { timeout: 240_000 }, () => {
  let sandbox: Sandbox;
  let source: PostgresSource;
  let env: Readonly<Record<string, string>>;
  let directory: WorkingDirectory;
  let ran = 0;

  beforeAll(async () => {
    sandbox = await startSandbox();
    source = await startPostgresSource();
    // The shop that load-postgres.md reads from.
    await source.run(`
      CREATE TABLE orders (id integer, customer text, paid numeric(10,2), placed timestamptz, details jsonb);
      INSERT INTO orders VALUES (1, 'Chad', 19.90, '2026-01-01 10:00+01', '{"items": 2}'), (2, '', NULL, '2026-01-02 10:00+01', NULL)`);
    env = { ...sandbox.env, SHIFTMANAGER_SOURCE_URL: source.url };
  });

  afterAll(async () => {
    await source.stop();
    await sandbox.stop();
    const left = pages.flatMap(({ name, blocks }) =>
      blocks.flatMap((block) => {
        const reason = reasonNotRun(block);
        return reason === undefined ? [] : [`  ${name}:${block.line}: ${reason}`];
      }),
    );
    console.log([`${ran} blocks of the documentation ran, ${left.length} did not:`, ...left].join("\n"));
  });

  const inSandbox = async (sql: string): Promise<void> => {
    const client = new pg.Client(clientSettings(sandbox));
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };

  const runBlock = async ({ language, text }: CodeBlock, n: number): Promise<Outcome> => {
    if (language === "sh") return directory.run("sh", ["-euc", text], env);
    if (language === "sql") {
      await inSandbox(text);
      return { code: 0, stdout: "", stderr: "" };
    }
    if (language !== "ts") throw new Error(`a block of language "${language}" cannot be run; say why`);
    const file = join(directory.path, `block-${n}.mjs`);
    await writeFile(file, transpile(asModule(text)));
    return directory.run(process.execPath, [file], env);
  };

  test.each(pages.filter(({ blocks }) => blocks.length > 0))("$name", async ({ name, blocks }) => {
    directory = await makeWorkingDirectory();
    let last: Outcome | undefined;
    try {
      for (const [n, block] of blocks.entries()) {
        if (reasonNotRun(block) !== undefined) continue;
        const where = `${name}:${block.line}`;
        if (block.comments.includes("output")) {
          const [printed, said] = [last?.stdout.trimEnd() ?? "", block.text.trimEnd()];
          // Compared as text where it differs, so that the report shows the lines.
          if (!pattern(said).test(printed)) expect(printed, where).toBe(said);
        } else {
          for (const sql of setups(block, "sql")) await inSandbox(sql);
          for (const script of setups(block, "sh")) {
            const { code, stderr } = await directory.run("sh", ["-euc", script], env);
            expect(code, `${where}: setup: ${stderr}`).toBe(0);
          }
          last = await runBlock(block, n);
          expect(last.code, `${where}: ${last.stdout}${last.stderr}`).toBe(0);
        }
        ran += 1;
      }
    } finally {
      await directory.remove();
      await sandbox.reset();
    }
  });
});

function clientSettings({ env }: Sandbox): pg.ClientConfig {
  return {
    host: env["PGHOST"] ?? "",
    port: Number(env["PGPORT"]),
    user: env["PGUSER"] ?? "",
    password: env["PGPASSWORD"] ?? "",
    database: env["PGDATABASE"] ?? "",
    ssl: false,
  };
}

/** The anchors of a page's headings, as forges make them: one that is there already gets a number. */
function anchorsOf(headings: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** The text as it stands; `…` stands for anything within a line. */
function pattern(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*");
  return new RegExp(`^${escaped}$`);
}
