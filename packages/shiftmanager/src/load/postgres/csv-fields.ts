/**
 * Takes one row of PostgreSQL's CSV apart. It is the dialect that COPY TO writes: fields are quoted from their first
 * character, quotes in them are doubled, and NULL is the marker, bare.
 */
export function csvFields(row: string, nullMarker: string): (string | null)[] {
  const fields: (string | null)[] = [];
  for (let at = 0; ; at += 1) {
    let end: number;
    if (row[at] === '"') {
      let doubled = false;
      end = row.indexOf('"', at + 1);
      while (row[end + 1] === '"') {
        doubled = true;
        end = row.indexOf('"', end + 2);
      }
      const text = row.slice(at + 1, end);
      fields.push(doubled ? text.replaceAll('""', '"') : text);
      end += 1;
    } else {
      const comma = row.indexOf(",", at);
      end = comma === -1 ? row.length : comma;
      const text = row.slice(at, end);
      fields.push(text === nullMarker ? null : text);
    }
    if (end >= row.length) return fields;
    at = end;
  }
}
