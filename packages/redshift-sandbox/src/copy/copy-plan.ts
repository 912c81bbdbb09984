import { SqlError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Token } from "../sql/lexer.ts";
import { literal, quoted, shortName } from "../sql/names.ts";
import type { Backend, Edition, TranslateContext, VirtualPlan } from "../sql/plan.ts";
import type { CopyCommand } from "./command/copy-command.ts";
import { parseCopy } from "./command/parse-copy.ts";
import { autoMapping, wholeMapping } from "./json-mapping.ts";
import type { JsonMapping } from "./json-mapping.ts";
import { parseJsonPaths } from "./json-paths.ts";
import { recordLoadErrors } from "./load-error.ts";
import type { LoadIdentity } from "./load-error.ts";
import { Loader, TooManyErrors } from "./loader.ts";
import type { RefusedRow } from "./loader.ts";
import { dataFiles } from "./s3/data-files.ts";
import { decompress, zstd } from "./s3/decompress.ts";
import { S3Access } from "./s3/s3-access.ts";
import type { S3Uri } from "./command/s3-uri.ts";
import { nextQueryId, remember } from "./query-id.ts";
import { readTarget } from "./target-columns.ts";
import type { Target } from "./target-columns.ts";

/**
 * COPY from S3 as a virtual plan: S3's objects become rows of PostgreSQL's own COPY on the client's session, so that privileges
 * and all-or-nothing are PostgreSQL's. Every value is checked before it is sent.
 *
 * @throws SqlError while the statement is read: syntax, exclusions, and what is not imitated.
 * @see AWS r_COPY
 */
export function copyPlan(
  tokens: readonly Token[],
  text: string,
  ctx: TranslateContext,
  services: Services,
): VirtualPlan {
  const command = parseCopy(tokens, text, !ctx.caseSensitiveIdentifiers);
  if (command.compression === "zstd") zstd("decompress").destroy();
  return {
    kind: "virtual",
    tag: "COPY",
    transaction: "joins",
    run: (backend) => runCopy(command, backend, services),
  };
}

async function runCopy(command: CopyCommand, backend: Backend, services: Services): Promise<undefined> {
  const query = await nextQueryId(services, backend.database);
  remember(backend, { "redshift.last_copy_id": query, "redshift.last_query_id": query });
  const target = await readTarget(backend, command);
  if (command.statUpdate !== undefined) {
    await backend.query(`SELECT redshift_sandbox.require_owner(${literal(target.relation)}::regclass)`);
  }
  const s3 = new S3Access(services, backend, query);
  s3.authorize(command.authorization, command.region);
  const mapping = await jsonMapping(command, target, s3);
  const files = await dataFiles(s3, command.source, command.manifest);
  const loader = new Loader(target, command, mapping);
  const { rows } = await backend.query(
    `SELECT u.usesysid FROM pg_catalog.pg_user u WHERE u.usename = current_user`,
  );
  const load: LoadIdentity = {
    database: backend.database,
    userId: Number(rows[0]?.[0] ?? 0),
    table: target.oid,
    session: backend.processId,
    query,
  };

  const columns = target.columns.map(({ name }) => quoted(shortName(name))).join(", ");
  try {
    await backend.copyIn(
      `COPY ${target.relation} (${columns}) FROM STDIN`,
      allRows(command, loader, files, s3),
    );
  } catch (error) {
    let failed = loader;
    if (!(error instanceof TooManyErrors)) {
      const refused = refusedRow(error);
      if (refused === undefined) throw error;
      failed = new Loader(target, command, mapping, refused);
      await readUntilRefused(allRows(command, failed, files, s3));
    }
    await recordLoadErrors(services, load, failed.errors);
    throw new SqlError(
      "XX000",
      `Load into table '${target.name}' failed.  Check '${errorsOf(services.edition)}' system table for details.`,
    );
  }
  await recordLoadErrors(services, load, loader.errors);
  await recordCommit(services, load, command, files, loader);
  if (command.statUpdate === true) await backend.query(`ANALYZE ${target.relation}`);
  const loaded = String(command.noLoad ? 0 : loader.rows);
  remember(backend, { "redshift.last_copy_count": loaded });
  backend.notice(
    "INFO",
    `Load into table '${target.name}' completed, ${loaded} record(s) loaded successfully.`,
  );
  if (loader.errorCount > 0) {
    backend.notice(
      "INFO",
      `Load into table '${target.name}' completed, ${String(loader.errorCount)} record(s) could not be loaded.  Check '${errorsOf(services.edition)}' system table for details.`,
    );
  }
  return undefined;
}

/** The view that Redshift's messages send a reader to: only the second is there on Serverless. */
function errorsOf(edition: Edition): string {
  return edition === "serverless" ? "sys_load_error_detail" : "stl_load_errors";
}

/** PostgreSQL names the line of what it was sent, which is the number of the row; undefined for errors that are of no row. */
function refusedRow(error: unknown): RefusedRow | undefined {
  if (!(error instanceof SqlError) || !/^2[23]/.test(error.sqlstate)) return undefined;
  const fields =
    "fields" in error && error.fields instanceof Map ? (error.fields as Map<string, string>) : undefined;
  const found = /^COPY .*?, line (\d+)(?:, column (.+?))?(?::|$)/.exec(fields?.get("W") ?? "");
  if (found === null) return undefined;
  return { number: Number(found[1]), column: found[2], reason: error.message };
}

async function readUntilRefused(rows: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _block of rows);
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
  }
}

/** With NOLOAD PostgreSQL still runs its COPY, of no rows: privileges are checked all the same. */
async function* allRows(
  command: CopyCommand,
  loader: Loader,
  files: readonly S3Uri[],
  s3: S3Access,
): AsyncGenerator<Uint8Array> {
  for (const { bucket, key } of files) {
    const name = `s3://${bucket}/${key}`;
    const bytes = decompress(s3.read(bucket, key), command.compression, name);
    for await (const block of loader.load(bytes, name)) if (!command.noLoad) yield block;
  }
}

async function jsonMapping(
  command: CopyCommand,
  target: Target,
  s3: S3Access,
): Promise<JsonMapping | undefined> {
  if (command.format.kind !== "json") return undefined;
  const names = target.columns.map(({ name }) => name);
  const { mapping } = command.format;
  if (mapping === "noshred") return wholeMapping();
  if (mapping === "auto" || mapping === "auto ignorecase") return autoMapping(names, mapping !== "auto");
  const text = await s3.readText(mapping.bucket, mapping.key);
  return parseJsonPaths(text, `s3://${mapping.bucket}/${mapping.key}`, names);
}

/** STL_LOAD_COMMITS: a row per file. It does not prove that the transaction committed, on Redshift neither. */
async function recordCommit(
  services: Services,
  load: LoadIdentity,
  command: CopyCommand,
  files: readonly S3Uri[],
  loader: Loader,
): Promise<void> {
  const rows = files.map(({ bucket, key }) => {
    const filename = `s3://${bucket}/${key}`;
    const count = loader.lines.get(filename) ?? { rows: 0, errors: 0 };
    return { filename, lines: count.rows + count.errors, errors: count.errors };
  });
  await services.adminQuery(
    load.database,
    `INSERT INTO redshift_sandbox.load_commit (userid, query, name, filename, lines_scanned, errors, file_format)
     SELECT $1, $2, r.filename, r.filename, r.lines, r.errors, $3
       FROM json_to_recordset($4::json) AS r (filename text, lines bigint, errors bigint)`,
    [load.userId, load.query, command.format.kind === "json" ? "json" : "text", JSON.stringify(rows)],
  );
}
