import type { Column } from "../catalog/columns.ts";
import { typeName } from "../ddl/type-name.ts";
import { BatchError, LoadError, ShiftmanagerError, StatementError, type LoadFailure } from "../errors.ts";
import type { ObjectLocation, ObjectStore, Session } from "../session.ts";
import type { Batch } from "../sql/batch.ts";
import { qualifiedName } from "../sql/quote.ts";
import { inWords, wording, type Wording } from "../wording.ts";
import { badPlace, excerptAround } from "./failure/bad-place.ts";
import { mend, type Trouble } from "./failure/causes.ts";
import { briefFailureText, failureText } from "./failure/failure-text.ts";
import { LoadErrors, type LoadErrorRow } from "./failure/load-errors.ts";
import { recordLines } from "./failure/record-lines.ts";
import { s3Refusal } from "./failure/s3-refusal.ts";
import type { LoadTable } from "./load-table.ts";

/** Finds the source row of a line in an uploaded file. */
export type RowLocator = (
  file: string,
  line: number,
) => { readonly row: number; readonly file?: string } | undefined;

/** What a COPY reads. */
export interface LoadedFiles {
  /** Uploaded, compressed. */
  readonly bytes: number;
  readonly store: ObjectStore;
  readonly source: Trouble["source"];
  readonly locate: RowLocator;
  /** The object that a file's name means; undefined where its lines are not its rows. */
  readonly objectOf: (file: string) => ObjectLocation | undefined;
  /** What a record has for a column, as COPY loads it; undefined for NULL. */
  readonly valueOf: (record: string, column: string) => string | undefined;
}

/** A load whose COPY failed. */
export interface FailedLoad extends LoadedFiles {
  readonly batch: Batch;
  readonly table: LoadTable;
}

/** Uploads that are read once more to count what fails; beyond them the count is what the first COPY met. */
const mostCountedBytes = 1_000_000_000;

/** Rows whose values are read for the longest of them. */
const mostReadLines = 10_000;

/** AWS's codes of a value that has no room in its column. */
const lengthCodes = new Set([1204, 1215, 1220]);

/**
 * Turns the failure of a COPY into a LoadError that names row, column, type and value, how many rows fail the same way and
 * what mends it, and S3's refusal of a COPY into one that says whose right is missing. Returns the error it was given when
 * there is no more to say.
 *
 * What the server has no longer, or never had, is looked up while the files are still there: a COPY that loads nothing
 * (NOLOAD) counts, and the objects themselves hold the values.
 * @see AWS Database Developer Guide, "Data load operations" (copy-parameters-data-load)
 */
export async function explainCopyFailure(
  session: Session,
  error: unknown,
  load: FailedLoad,
): Promise<unknown> {
  if (!(error instanceof BatchError)) return error;
  const table = qualifiedName(load.table).toSQL();
  if (!(error.cause instanceof StatementError) || !/^COPY\b/.test(error.progress.failed ?? "")) return error;
  const refused = refusal(error, error.cause, table);
  if (refused !== undefined) return refused;
  try {
    return (await new Explanation(session, error, error.cause, load, table).toError()) ?? error;
  } catch (later) {
    // A lost connection, a signal, a right that is missing: what failed first is passed on as it is.
    if (later instanceof ShiftmanagerError || (later as Error).name === "AbortError") return error;
    throw later;
  }
}

function refusal(error: BatchError, cause: StatementError, table: string): LoadError | undefined {
  const { detail = "" } = cause.report;
  const found = s3Refusal(`${cause.message} ${detail}`);
  if (found === undefined) return undefined;
  const { code, reason, file } = found;
  const where = file === undefined ? "COPY" : file;
  return new LoadError(
    wording`${where}: ${reason} (${code}). ${nothingLoaded(error, table)}; ${found.mend}`,
    [{ table, ...(file === undefined ? {} : { file }), reason, mend: inWords(found.mend) }],
    { cause: error },
  );
}

/** A COPY that failed after others had committed has loaded nothing; they have. */
function nothingLoaded({ progress }: BatchError, table: string): string {
  return progress.applied.length === 0
    ? `Nothing was loaded into ${table}`
    : `Nothing of this COPY was loaded into ${table}; what the ones before it loaded is committed`;
}

class Explanation {
  readonly #session: Session;
  readonly #error: BatchError;
  readonly #cause: StatementError;
  readonly #load: FailedLoad;
  readonly #table: string;
  /** All rows that fail are known, not only those that the COPY met before it stopped. */
  #counted = false;

  constructor(session: Session, error: BatchError, cause: StatementError, load: FailedLoad, table: string) {
    this.#session = session;
    this.#error = error;
    this.#cause = cause;
    this.#load = load;
    this.#table = table;
  }

  /** Undefined when COPY did not fail of its data. */
  async toError(): Promise<LoadError | undefined> {
    const { locate } = this.#load;
    const met = await LoadErrors.ofLastCopy(this.#session);
    const firstMet = await met.first();
    // A COPY that never came to its data leaves the number of an earlier one, whose errors are not this one's.
    const ofData = /stl_load_errors|sys_load_error_detail/i.test(this.#cause.message);
    if (!firstMet.some(({ file, line }) => ofData || locate(file, line) !== undefined)) return undefined;
    const errors = await this.#count(met);
    const rows = errors === met ? firstMet : await errors.first();
    const counts = await errors.counts();
    const found: { readonly failure: LoadFailure; readonly mend: Wording }[] = [];
    for (const row of rows) {
      const count = counts.find(({ column, code }) => column === row.column && code === row.code)?.rows;
      found.push(await this.#explain(row, count ?? 1, errors));
    }
    found.sort((a, b) => (a.failure.line ?? 0) - (b.failure.line ?? 0));
    const [first] = found;
    if (first === undefined) return undefined;
    const failures = found.map(({ failure }) => failure);
    const others = failures.slice(1).map(briefFailureText).join("; ");
    return new LoadError(
      wording`${failureText(first.failure)}. ${nothingLoaded(this.#error, this.#table)}; ${first.mend}${others === "" ? "" : ` Other rows fail as well: ${others}.`}`,
      failures,
      { cause: this.#error },
    );
  }

  /** Reads the files once more without loading them, past every error, where that does not take too long. */
  async #count(met: LoadErrors): Promise<LoadErrors> {
    const { batch, bytes } = this.#load;
    const statement = batch.statements[(this.#error.progress.failedNumber ?? 0) - 1];
    if (statement === undefined || bytes > mostCountedBytes) return met;
    const suffix = "\nNOLOAD\nMAXERROR 100000";
    this.#counted = true;
    try {
      await this.#session.query(statement.sql.toSQL({ secrets: "reveal" }) + suffix, undefined, {
        shown: statement.sql.toSQL() + suffix,
        secrets: statement.sql.secretTexts(),
      });
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      this.#counted = false;
    }
    const all = await LoadErrors.ofLastCopy(this.#session);
    // Refused for another reason, it leaves no errors, or the first COPY's.
    if ((await all.first()).length > 0) return all;
    this.#counted = false;
    return met;
  }

  async #explain(
    row: LoadErrorRow,
    count: number,
    errors: LoadErrors,
  ): Promise<{ readonly failure: LoadFailure; readonly mend: Wording }> {
    const { table, source, locate } = this.#load;
    const column = table.columns.find(({ name }) => name === row.column);
    const { value, mostBytes } = await this.#value(row, column, errors);
    const trouble: Trouble = {
      code: row.code,
      reason: row.reason,
      table: this.#table,
      column,
      value,
      mostBytes,
      source,
    };
    const wayOut = mend(trouble);
    const place = locate(row.file, row.line);
    const type = column === undefined ? typeOf(row) : typeName(column.type);
    const marked =
      value === undefined ? undefined : excerptAround(value, badPlace(value, row.reason, bytesOf(column)));
    const failure: LoadFailure = {
      table: this.#table,
      ...(place === undefined
        ? { file: row.file, line: row.line }
        : { line: place.row, ...(place.file === undefined ? {} : { file: place.file }) }),
      ...(row.column === "" ? {} : { column: row.column }),
      ...(type === "" ? {} : { columnType: type }),
      ...marked,
      code: row.code,
      reason: row.reason,
      rows: count,
      ...(this.#counted ? {} : { orMore: true }),
      mend: inWords(wayOut),
    };
    return { failure, mend: wayOut };
  }

  /** The value of the first such row and, where that is what counts, the length of the longest. */
  async #value(
    row: LoadErrorRow,
    column: Column | undefined,
    errors: LoadErrors,
  ): Promise<{ readonly value: string | undefined; readonly mostBytes: number | undefined }> {
    const { store, objectOf, valueOf } = this.#load;
    const kept = row.column === "" ? row.record : row.value;
    const wantsLength = lengthCodes.has(row.code) && column !== undefined;
    const isWhole = kept !== "" && Buffer.byteLength(kept) < 1000;
    let value = kept === "" ? undefined : kept;
    if (isWhole && !wantsLength) return { value, mostBytes: undefined };
    const lines = wantsLength ? await errors.lines(row.column, row.code) : new Map([[row.file, [row.line]]]);
    let most = 0;
    let read = 0;
    let missed = false;
    for (const [file, wanted] of lines) {
      const location = objectOf(file);
      const known = wanted.filter((line) => line > 0);
      if (location === undefined || known.length < wanted.length || read + known.length > mostReadLines) {
        missed = true;
        continue;
      }
      read += known.length;
      for await (const { line, text } of recordLines(store, location, known)) {
        const found = row.column === "" ? text : valueOf(text, row.column);
        if (found === undefined) continue;
        most = Math.max(most, Buffer.byteLength(found));
        if (file === row.file && line === row.line) value = found;
      }
    }
    const complete = wantsLength && this.#counted && !missed && most > 0;
    return { value, mostBytes: complete ? most : undefined };
  }
}

/** A column that the catalog no longer has is shown as the server names its type. */
function typeOf({ type, length }: LoadErrorRow): string {
  const bytes = Number(length);
  return (/char/i.test(type) && bytes > 0 ? `${type}(${bytes})` : type).toUpperCase();
}

function bytesOf(column: Column | undefined): number | undefined {
  const [, bytes] = /^character(?: varying)?\((\d+)\)$/.exec(column?.type ?? "") ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}
