import type { Column } from "../../catalog/columns.ts";
import { LoadError, OptionsError } from "../../errors.ts";
import type { EventHandler } from "../../events.ts";
import { names, signal, text, type Kinds } from "../../kinds.ts";
import type { Session } from "../../session.ts";
import { qualifiedName } from "../../sql/quote.ts";
import { option, wording } from "../../wording.ts";
import { ColumnPlan, type JsonpathsOption } from "../column-plan.ts";
import { checkConversions, conversionKinds, type CopyConversions } from "../copy-conversions.ts";
import { closingUnread } from "../each-item.ts";
import type { JsonObject } from "../gen-jsonpaths.ts";
import { jsonRow, type JsonRow } from "../json-row.ts";
import { eachDocument, type JsonSource } from "../json-source.ts";
import type { JsonText } from "../json-text.ts";
import { readLoadTable, type LoadTable } from "../load-table.ts";
import { plannedFields } from "../planned-fields.ts";
import { pathSteps, type RecordFields } from "../record-fields.ts";
import { columnVerdict, type ColumnVerdict } from "./column-verdict.ts";
import { doubtful, refused } from "./finding.ts";
import { Findings, type CheckedFailure, type DocumentPlace } from "./findings.ts";

/** How documents are checked: as a load with the same options would take them. */
export interface CheckJsonLoadOptions extends CopyConversions {
  /** Columns in the order of the jsonpaths. Default with generated jsonpaths: the keys; with others: all of the table. */
  readonly columns?: readonly string[];
  /** Default: the session's `current_schema()`; `schema.table` says it as well. */
  readonly schema?: string;
  readonly signal?: AbortSignal;
}

export const checkJsonKinds: Kinds<CheckJsonLoadOptions> = {
  ...conversionKinds,
  columns: names,
  schema: text,
  signal,
};

/** What a check found. */
export interface LoadCheckReport {
  /** Nothing was found that COPY or the load itself would refuse. */
  readonly passes: boolean;
  /** Documents that were looked at. */
  readonly rows: number;
  /** Those of them that would fail. */
  readonly failedRows: number;
  /** False: from somewhere on the source could not be read as JSON, and the rest was not looked at. */
  readonly complete: boolean;
  /** What would fail, one entry for each kind, at most a hundred. */
  readonly failures: readonly CheckedFailure[];
  /** What no source says of whether COPY takes it, and what COPY takes but changes or leaves out. */
  readonly doubts: readonly CheckedFailure[];
}

export interface JsonCheckContext {
  withSession<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}

/**
 * Looks at every document as COPY would, against the table's columns, and loads nothing.
 * @throws OptionsError and NotFoundError as the load would; what is wrong with the data is in the report
 */
export async function checkJsonLoad(
  relation: string,
  data: JsonSource,
  jsonpaths: JsonpathsOption,
  options: CheckJsonLoadOptions,
  context: JsonCheckContext,
): Promise<LoadCheckReport> {
  const check = await closingUnread(data, async () => {
    checkConversions(options);
    const { schema, columns, signal } = options;
    const table = await context.withSession((session) => readLoadTable(session, relation, schema), signal);
    return new JsonCheck(table, new ColumnPlan(table, jsonpaths, columns), options);
  });
  return check.run(data, options.signal, context.onEvent);
}

/** A column that is filled, and what is said of its values. */
interface CheckedColumn {
  readonly column: Column;
  readonly verdict: ColumnVerdict;
  /** Its path leads into an array. */
  readonly indexed: boolean;
}

interface CheckedFields {
  readonly fields: RecordFields;
  readonly columns: readonly CheckedColumn[];
  /** Columns that are to be filled and are not. */
  readonly unfilled: readonly Column[];
  /** Keys that have a column, where keys are matched by name. */
  readonly keys: ReadonlySet<string>;
}

class JsonCheck {
  readonly #table: LoadTable;
  readonly #plan: ColumnPlan;
  readonly #conversions: CopyConversions;
  readonly #findings: Findings;
  #planned: CheckedFields | undefined;
  #number = 0;
  #failedRows = 0;
  #failed = false;

  constructor(table: LoadTable, plan: ColumnPlan, conversions: CopyConversions) {
    this.#table = table;
    this.#plan = plan;
    this.#conversions = conversions;
    this.#findings = new Findings(qualifiedName(table).toSQL());
    checkPaths(plan);
  }

  async run(
    data: JsonSource,
    signal: AbortSignal | undefined,
    onEvent: EventHandler | undefined,
  ): Promise<LoadCheckReport> {
    const task = `Check for ${this.#table.schema}.${this.#table.name}`;
    let complete = true;
    let told = performance.now();
    const tell = (done: boolean) =>
      onEvent?.({ type: "progress", task, rows: this.#number, ...(done ? { done } : {}) });
    tell(false);
    try {
      await eachDocument(data, signal, {
        document: (document) => {
          this.#document(document);
          if (this.#number % 64 === 0 && performance.now() - told > 100) {
            told = performance.now();
            tell(false);
          }
          return undefined;
        },
      });
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      complete = false;
      this.#noteError(error, { line: this.#number + 1 });
      this.#failedRows += 1;
    }
    tell(true);
    const failures = this.#findings.list({ certain: true });
    return {
      passes: failures.length === 0,
      rows: this.#number,
      failedRows: this.#failedRows,
      complete,
      failures,
      doubts: this.#findings.list({ certain: false }),
    };
  }

  #document(document: JsonObject | JsonText): void {
    this.#number += 1;
    this.#failed = false;
    try {
      this.#row(jsonRow(document, this.#number, { needs: this.#plan.needs }));
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.#noteError(error, { line: this.#number });
    }
    if (this.#failed) this.#failedRows += 1;
  }

  #row(row: JsonRow): void {
    const place = placeOf(row);
    let value: unknown = row.value;
    if (value === undefined) {
      try {
        value = JSON.parse(row.text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        this.#note(refused(1216, `is not JSON (${error.message})`), place, {});
        return;
      }
    }
    try {
      this.#plan.check(row);
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.#noteError(error, place);
    }
    const planned = this.#checkedFields();
    if (planned === undefined) return;
    const found = planned.fields.read(row.text);
    for (const { column, verdict, indexed } of planned.columns) {
      const field = found.get(column.name);
      const finding = field === undefined && indexed ? noElement : verdict(field);
      if (finding !== undefined) {
        this.#note(finding, place, {
          column,
          ...(field === undefined || field.kind === "null" ? {} : { value: field.text }),
        });
      }
    }
    for (const column of planned.unfilled) {
      this.#note(unfilledColumn, place, { column });
    }
    this.#leftOut(value as JsonObject, place, planned.keys);
  }

  /** With keys matched by name, one without a column is left out without a word. */
  #leftOut(value: JsonObject, place: DocumentPlace, keys: ReadonlySet<string>): void {
    const { option: mapping } = this.#plan;
    if (typeof mapping !== "string") return;
    for (const key of Object.keys(value)) {
      if (keys.has(mapping === "auto" ? key : key.toLowerCase())) continue;
      this.#note({ reason: leftOutReason, certain: false }, place, { key });
    }
  }

  /** Undefined while no document has decided which columns there are. */
  #checkedFields(): CheckedFields | undefined {
    if (this.#planned !== undefined) return this.#planned;
    const { option: mapping, jsonpaths } = this.#plan;
    if (mapping === null && jsonpaths === undefined) return undefined;
    const { columns, fields, indexed } = plannedFields(this.#plan, this.#table.columns);
    const names = columns.map(({ name }) => name);
    const unfilled = this.#table.columns.filter(
      ({ name, notNull, default: value, identity }) =>
        notNull && value === null && identity === null && !names.includes(name),
    );
    return (this.#planned = {
      fields,
      columns: columns.map((column) => ({
        column,
        verdict: columnVerdict(column, this.#conversions),
        indexed: indexed.has(column.name),
      })),
      unfilled,
      keys: new Set(mapping === "auto ignorecase" ? names.map((name) => name.toLowerCase()) : names),
    });
  }

  #note(...[finding, place, subject]: Parameters<Findings["note"]>): void {
    this.#failed ||= finding.certain;
    this.#findings.note(finding, place, subject);
  }

  /** What the load itself refuses before COPY sees it. */
  #noteError({ failures, message }: LoadError, fallback: DocumentPlace): void {
    const [failure] = failures;
    const { file, line = fallback.line, column: key, reason = message } = failure ?? {};
    const place = fallback.file === undefined && file !== undefined ? { file, line } : fallback;
    this.#note({ reason, certain: true }, place, key === undefined ? {} : { key });
  }
}

const leftOutReason = "is no column that is loaded, so COPY leaves the key out";
const noElement = doubtful(1216, "is not there, and where the array is too short or is none COPY fails");
const unfilledColumn = refused(1213, "is filled by no key, takes no NULL and has no default");

function placeOf({ source, number }: JsonRow): DocumentPlace {
  return source === undefined ? { line: number } : { file: source.file, line: source.line };
}

/**
 * COPY takes bracket or dot notation, not both, and no wildcard.
 * @see AWS Database Developer Guide, "COPY from JSON format" (copy-usage_notes-copy-from-json)
 */
function checkPaths({ jsonpaths }: ColumnPlan): void {
  const paths = jsonpaths?.jsonpaths ?? [];
  const wrong = paths.find((path) => pathSteps(path)?.includes("*") !== false);
  if (wrong !== undefined) {
    throw new OptionsError(
      wording`${JSON.stringify(wrong)} is no path that COPY takes; ${option("jsonpaths")} are paths such as $['key'][0] or $.key[0].`,
    );
  }
  const withoutKeys = paths.map((path) => path.replace(/\[\s*'(?:[^'\\]|\\.)*'\s*\]/g, "[key]"));
  if (withoutKeys.some((path) => path.includes("[key]")) && withoutKeys.some((path) => path.includes("."))) {
    throw new OptionsError(
      wording`The ${option("jsonpaths")} mix bracket notation ($['key']) and dot notation ($.key); write all of them in one.`,
    );
  }
}
