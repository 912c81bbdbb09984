import { StatementError } from "../../errors.ts";

/** Reads from the source; what PostgreSQL refuses then says that it was PostgreSQL, and what to do. */
export async function readingSource<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw new StatementError(
      `PostgreSQL refused to send the rows: ${error.message.replace(/[.\s]+$/, "")}. Nothing was loaded and nothing is left in S3; put that right at the source and run it again.`,
      {
        report: error.report,
        cause: error,
        ...(error.statement === undefined ? {} : { statement: error.statement }),
      },
    );
  }
}
