/**
 * Whether a view's text names a table: as `schema.name`, or as `name` without a schema, which may mean it. Text in
 * literals and comments counts as well: a view that is named once too often is only looked at once too often.
 */
export function findMention(
  text: string,
  table: { readonly schema: string; readonly name: string },
): boolean {
  const token = /(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))(\s*\.\s*)?/gu;
  let qualifier: string | undefined;
  for (const match of text.matchAll(token)) {
    const name = (match[1]?.replaceAll('""', '"') ?? match[2] ?? "").toLowerCase();
    const isTable = name === table.name.toLowerCase();
    if (isTable && (qualifier === undefined || qualifier === table.schema.toLowerCase())) return true;
    qualifier = match[3] === undefined ? undefined : name;
  }
  return false;
}
