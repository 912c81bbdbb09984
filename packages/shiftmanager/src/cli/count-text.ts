/** `1 row`, `2,000 rows`. */
export function countText(count: number, one: string): string {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}
