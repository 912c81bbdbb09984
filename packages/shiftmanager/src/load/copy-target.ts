/** Where a COPY puts its rows: the table itself, or a temporary one. */
export interface CopyTarget {
  readonly schema?: string | undefined;
  readonly name: string;
  /** The rows go on to another table, so that to find encodings for them would be work for nothing. */
  readonly temporary?: boolean;
}

/** A target as a summary names it. */
export function targetText({ schema, name }: CopyTarget): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
