import type { Column } from "../../catalog/columns.ts";
import { typeName } from "../../ddl/type-name.ts";
import type { LoadFailure } from "../../errors.ts";
import { inWords, wording, type Mention, type Wording } from "../../wording.ts";
import { excerptAround } from "../failure/bad-place.ts";
import { mend, type Trouble } from "../failure/causes.ts";
import { failureText } from "../failure/failure-text.ts";
import type { Finding } from "./finding.ts";

/** Where a document stands: its number, or its file and the line that it begins on. */
export interface DocumentPlace {
  readonly file?: string;
  readonly line: number;
}

/** Documents that fail, or may fail, in the same way; the first of them as a load would name it. */
export interface CheckedFailure extends LoadFailure {
  readonly rows: number;
  /** The first of them, at most five. */
  readonly places: readonly DocumentPlace[];
  /** The whole as a sentence, with other names for the library's options where another front end wants them. */
  worded(nameOf?: (mention: Mention) => string): string;
}

const mostKinds = 100;
const mostPlaces = 5;

interface Kind {
  readonly finding: Finding;
  readonly column: Column | undefined;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly places: DocumentPlace[];
  rows: number;
  mostBytes: number;
}

/** What was found, by kind: the same column and the same code, or the same words. */
export class Findings {
  readonly #table: string;
  readonly #kinds = new Map<string, Kind>();

  /** @param table - as SQL names it */
  constructor(table: string) {
    this.#table = table;
  }

  /** Notes a finding of a column's value, or of a key or the whole document where there is no column. */
  note(
    finding: Finding,
    place: DocumentPlace,
    { column, key, value }: { readonly column?: Column; readonly key?: string; readonly value?: string },
  ): void {
    const subject = column?.name ?? key ?? "";
    const id = JSON.stringify([
      subject,
      finding.certain,
      column === undefined ? finding.reason : finding.code,
    ]);
    let kind = this.#kinds.get(id);
    if (kind === undefined) {
      // Keys may be anything: their number must not grow with that of the documents.
      if (this.#kinds.size === mostKinds) return;
      kind = { finding, column, key, value, places: [], rows: 0, mostBytes: 0 };
      this.#kinds.set(id, kind);
    }
    kind.rows += 1;
    if (kind.places.length < mostPlaces) kind.places.push(place);
    if (value !== undefined) kind.mostBytes = Math.max(kind.mostBytes, Buffer.byteLength(value));
  }

  /** Those that COPY or the load itself would refuse, or those that are in doubt. */
  list({ certain }: { readonly certain: boolean }): readonly CheckedFailure[] {
    return [...this.#kinds.values()]
      .filter(({ finding }) => finding.certain === certain)
      .map((kind) => this.#failure(kind));
  }

  #failure(kind: Kind): CheckedFailure {
    const { finding, column, key, value, places, rows } = kind;
    const wayOut = this.#mend(kind);
    const [first] = places;
    const name = column?.name ?? key;
    const failure: LoadFailure & Pick<CheckedFailure, "rows" | "places"> = {
      table: this.#table,
      ...first,
      ...(name === undefined ? {} : { column: name }),
      ...(column === undefined ? {} : { columnType: typeName(column.type) }),
      ...(value === undefined ? {} : excerptAround(value, finding.badPlace)),
      ...(finding.code === undefined ? {} : { code: finding.code }),
      reason: finding.reason,
      rows,
      ...(wayOut === undefined ? {} : { mend: inWords(wayOut) }),
      places,
    };
    const text = failureText(failure, first?.file === undefined ? "row" : "line");
    const sentence = wayOut === undefined ? `${text}.` : wording`${text}; ${wayOut}`;
    return Object.defineProperty(failure as CheckedFailure, "worded", {
      value: (nameOf?: (mention: Mention) => string) => inWords(sentence, nameOf),
      enumerable: false,
    });
  }

  #mend({ finding, column, value, mostBytes }: Kind): Wording | undefined {
    if (finding.code === undefined) return undefined;
    const trouble: Trouble = {
      code: finding.code,
      reason: finding.reason,
      table: this.#table,
      column,
      value,
      mostBytes,
      source: "documents",
    };
    return mend(trouble);
  }
}
