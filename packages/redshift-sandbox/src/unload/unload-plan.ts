import { Buffer } from "node:buffer";
import { nextQueryId, remember } from "../copy/query-id.ts";
import { zstd } from "../copy/s3/decompress.ts";
import { S3Access } from "../copy/s3/s3-access.ts";
import { SqlError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Token } from "../sql/lexer.ts";
import type { Backend, TranslateContext, TranslatedQuery, VirtualPlan } from "../sql/plan.ts";
import { CopyRows } from "./copy-rows.ts";
import { manifestText, schemaElements } from "./manifest.ts";
import { parseUnload } from "./parse-unload.ts";
import { rowFormat } from "./row-format.ts";
import { Slice } from "./slice.ts";
import type { UnloadedFile } from "./slice.ts";
import type { UnloadCommand } from "./unload-command.ts";

/** As on a small cluster; rows go to them in turn, a few at a time. */
const SLICES = 2;
const ROWS_IN_TURN = 16;

/**
 * UNLOAD to S3 as a virtual plan: PostgreSQL's COPY TO of the query on the client's session, reformatted and cut into files.
 *
 * `translateQuery` turns the query (Redshift's SQL inside the literal) into PostgreSQL's.
 * @throws SqlError while the statement is read: syntax, exclusions, and what is not imitated.
 * @see AWS r_UNLOAD
 */
export function unloadPlan(
  tokens: readonly Token[],
  text: string,
  ctx: TranslateContext,
  services: Services,
  translateQuery: (sql: string) => TranslatedQuery,
): VirtualPlan {
  const command = parseUnload(tokens, text, !ctx.caseSensitiveIdentifiers);
  if (command.compression === "zstd") zstd("compress").destroy();
  const query = translateQuery(command.query);
  return {
    kind: "virtual",
    tag: "UNLOAD",
    transaction: "joins",
    run: async (backend) => runUnload(command, await query.text(backend), backend, services),
  };
}

async function runUnload(
  command: UnloadCommand,
  query: string,
  backend: Backend,
  services: Services,
): Promise<undefined> {
  const id = await nextQueryId(services, backend.database);
  remember(backend, { "redshift.last_unload_id": id, "redshift.last_query_id": id });
  const s3 = new S3Access(services, backend, id);
  s3.authorize(command.authorization, command.region);
  const { columns } = await backend.query(`SELECT * FROM (${query}\n) AS unloaded LIMIT 0`);
  if (command.format.kind === "json") {
    const names = columns.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new SqlError(
        "42701",
        `UNLOAD to JSON needs unique column names: "${twice}" appears more than once`,
      );
    }
  }
  const schema = command.manifest === "verbose" ? await schemaElements(backend, query, columns) : [];
  await prepareTarget(command, s3);

  const format = rowFormat(command, columns);
  const slices = Array.from(
    { length: command.parallel ? SLICES : 1 },
    (_, slice) => new Slice(s3, command, format, (part) => fileName(command, slice, part)),
  );
  const rows = new CopyRows(columns.length);
  let count = 0;
  const sliceOf = (row: number): Slice => slices[Math.floor(row / ROWS_IN_TURN) % slices.length] as Slice;
  try {
    // An empty result still leaves a file per slice, except in JSON.
    if (command.format.kind !== "json") for (const slice of slices) slice.begin();
    for await (const chunk of backend.copyOut(`COPY (${query}\n) TO STDOUT`)) {
      rows.feed(chunk, (buffer) => {
        const slice = sliceOf(count);
        slice.begin();
        format.row(buffer, rows.fields, slice.out);
        slice.added();
        count += 1;
      });
      for (const slice of slices) if (slice.due) await slice.flush();
    }
    for (const slice of slices) await slice.end();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    await Promise.all(slices.map((slice) => slice.abandon(cause)));
    throw error;
  }
  const files = slices.flatMap((slice) => slice.files);
  if (command.manifest !== "none") await writeManifest(command, files, schema, s3);
  await log(services, backend, command, files, id);
  remember(backend, { "redshift.last_unload_count": String(count) });
  backend.notice("INFO", `UNLOAD completed, ${String(count)} record(s) unloaded successfully.`);
  return undefined;
}

function fileName(command: UnloadCommand, slice: number, part: number): string {
  const number = command.parallel
    ? `${String(slice).padStart(4, "0")}_part_${String(part).padStart(2, "0")}`
    : String(part).padStart(3, "0");
  const suffix =
    command.extension ??
    (command.compression === undefined ? "" : command.compression === "gzip" ? "gz" : "zst");
  return `${command.target.key}${number}${suffix === "" ? "" : `.${suffix}`}`;
}

/** CLEANPATH empties the target; without ALLOWOVERWRITE it must be empty. @see AWS r_UNLOAD */
async function prepareTarget(command: UnloadCommand, s3: S3Access): Promise<void> {
  const { bucket, key } = command.target;
  const present = await s3.list(bucket, key);
  if (command.cleanPath) for (const object of present) await s3.delete(bucket, object.key);
  else if (present.length > 0 && !command.allowOverwrite) {
    throw new SqlError(
      "XX000",
      "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option.",
    );
  }
}

async function writeManifest(
  command: UnloadCommand,
  files: readonly UnloadedFile[],
  schema: Awaited<ReturnType<typeof schemaElements>>,
  s3: S3Access,
): Promise<void> {
  const text = Buffer.from(manifestText(command, files, schema));
  await s3.write(
    command.target.bucket,
    `${command.target.key}manifest`,
    // A generator, because the store takes its bodies as streams.
    // eslint-disable-next-line @typescript-eslint/require-await
    (async function* () {
      yield text;
    })(),
  );
}

async function log(
  services: Services,
  backend: Backend,
  command: UnloadCommand,
  files: readonly UnloadedFile[],
  id: string,
): Promise<void> {
  const { rows } = await backend.query(
    "SELECT u.usesysid FROM pg_catalog.pg_user u WHERE u.usename = current_user",
  );
  const list = files.map(({ key, rows: lines, bytes }) => ({
    path: `s3://${command.target.bucket}/${key}`,
    lines,
    bytes,
  }));
  await services.adminQuery(
    backend.database,
    `INSERT INTO redshift_sandbox.unload_log (userid, query, pid, path, line_count, transfer_size, file_format)
     SELECT $1, $2, $3, r.path, r.lines, r.bytes, $4
       FROM json_to_recordset($5::json) AS r (path text, lines bigint, bytes bigint)`,
    [
      Number(rows[0]?.[0] ?? 0),
      id,
      backend.processId,
      command.format.kind === "delimited" ? "Text" : command.format.kind.toUpperCase(),
      JSON.stringify(list),
    ],
  );
}
