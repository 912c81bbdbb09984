/** Writes a text in a colour of the terminal, or as it is. */
export type Paint = (text: string, colour: Colour) => string;

export type Colour = keyof typeof codes;

const codes = { red: 31, green: 32, yellow: 33, blue: 34, grey: 90, bold: 1 } as const;

/** Colours only where they are wanted: on a terminal, and without `NO_COLOR`. */
export function paint(coloured: boolean): Paint {
  return (text, colour) => (coloured ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
}

/** May this stream be written to in colour. @see https://no-color.org */
export function mayColour(stream: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR: no } = process.env;
  return stream.isTTY === true && (no === undefined || no === "") && process.env.TERM !== "dumb";
}
