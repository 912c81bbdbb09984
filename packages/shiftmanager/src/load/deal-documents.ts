import type { ColumnPlan } from "./column-plan.ts";
import type { RowTaker } from "./deal-rows.ts";
import type { DocumentBatch } from "./document-batch.ts";
import type { JsonObject } from "./gen-jsonpaths.ts";
import { jsonRow } from "./json-row.ts";
import { eachDocument, type DocumentVisitor, type JsonSource } from "./json-source.ts";
import type { JsonText } from "./json-text.ts";
import { plainText } from "./plain-text.ts";

export interface DealDocumentsOptions {
  /** What every document must go with; without one, any is good. */
  readonly plan?: ColumnPlan;
  /**
   * Told of rows that are about to be dealt.
   * @param count - how many, of one file, or of none
   * @param number - of the first of them
   */
  readonly onRows?: (count: number, file: string | undefined, number: number) => void;
  /** Asked after each document, or piece of a file; true ends it, and the source is closed. */
  readonly enough?: () => boolean;
}

/**
 * Checks the documents of a source and deals them, one a line.
 * @throws LoadError that names what a document holds that would be lost
 */
export function dealDocuments(
  data: JsonSource,
  taker: RowTaker,
  stopped: AbortSignal,
  options: DealDocumentsOptions = {},
): Promise<void> {
  const dealer = new DocumentDealer(taker, options);
  const { enough } = options;
  return eachDocument(data, stopped, enough === undefined ? dealer : dealingUntil(enough, dealer));
}

function dealingUntil(enough: () => boolean, dealer: DocumentDealer): DocumentVisitor {
  const answer = () => (enough() ? "enough" : undefined);
  return {
    document: async (document) => {
      await dealer.document(document);
      return answer();
    },
    batch: async (documents) => {
      await dealer.batch(documents);
      return answer();
    },
  };
}

class DocumentDealer implements DocumentVisitor {
  readonly #taker: RowTaker;
  readonly #plan: ColumnPlan | undefined;
  readonly #onRows: DealDocumentsOptions["onRows"];
  readonly #needs: "value" | "text";
  #number = 0;

  constructor(taker: RowTaker, { plan, onRows }: DealDocumentsOptions) {
    this.#taker = taker;
    this.#plan = plan;
    this.#onRows = onRows;
    this.#needs = plan?.needs ?? "text";
  }

  document(document: JsonObject | JsonText): Promise<void> | undefined {
    const text = plainText(document);
    if (text === undefined || this.#plan?.covers(document as JsonObject) === false) {
      return this.#taker.text(this.#checked(document));
    }
    this.#count(undefined, 1);
    return this.#taker.text(text);
  }

  async batch(batch: DocumentBatch): Promise<void> {
    if (!batch.areLines) {
      for (const document of batch) await this.#taker.text(this.#checked(document));
    } else {
      // Where nothing asks for the value of a document, its text is not even made.
      if (this.#needs === "text" && batch.isHarmless) this.#count(batch.file, batch.count);
      else for (const document of batch) this.#checked(document);
      await this.#taker.lines(batch);
    }
  }

  #checked(document: JsonObject | JsonText): string {
    const row = jsonRow(document, this.#number + 1, { needs: this.#needs });
    this.#plan?.check(row);
    this.#count(row.file, 1);
    return row.text;
  }

  #count(file: string | undefined, count: number): void {
    this.#onRows?.(count, file, this.#number + 1);
    this.#number += count;
  }
}
