/**
 * Cuts a text that is too long for its column between two characters: SQL of a text with at most `bytes` bytes in UTF-8.
 * The first byte to go is looked at, and while it stands within a character the cut moves one byte back.
 * @param text - SQL of the text
 */
export function truncatedText(text: string, bytes: number, encoding: string): string {
  const all = textBytes(text, encoding);
  // The last bytes before the cut that may belong to a character which goes on behind it.
  const steps = Array.from({ length: Math.min(3, bytes) + 1 }, (_, back) => back);
  const cut = steps
    .slice(0, -1)
    .map((back) => `WHEN get_byte(${all}, ${bytes - back}) & 192 <> 128 THEN ${bytes - back}`)
    .concat(`ELSE ${bytes - (steps.at(-1) ?? 0)}`)
    .join(" ");
  const kept = `substring(${all} FROM 1 FOR CASE ${cut} END)`;
  return `CASE WHEN octet_length(${all}) > ${bytes} THEN convert_from(${kept}, '${sentAs(encoding)}') ELSE ${text} END`;
}

/** SQL of how many bytes a text has where it is sent to: in UTF-8. */
export function textSize(text: string, encoding: string): string {
  // The bytes of these two travel as they are, and then the size is known without reading the text.
  return encoding === "UTF8" || encoding === "SQL_ASCII"
    ? `octet_length(${text})`
    : `octet_length(${textBytes(text, encoding)})`;
}

function textBytes(text: string, encoding: string): string {
  return `convert_to(${text}, '${sentAs(encoding)}')`;
}

/** SQL_ASCII means that nobody knows the encoding, so nothing is converted. */
function sentAs(encoding: string): string {
  return encoding === "SQL_ASCII" ? encoding : "UTF8";
}
