/** A fenced code block of a page, with what the HTML comments directly above it say. */
export interface CodeBlock {
  /** One-based line of its fence. */
  readonly line: number;
  /** `ts`, `sh` …; empty when the fence names none. */
  readonly language: string;
  readonly text: string;
  /** Contents of the comments above it, without their marks, in order. */
  readonly comments: readonly string[];
}

/** A table, row by row, with what the HTML comments directly above it say. */
export interface Table {
  readonly line: number;
  readonly comments: readonly string[];
  readonly header: readonly string[];
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[];
}

/** A heading: its level, text and line. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly line: number;
}

/** What the tests read of a page. */
export interface Page {
  readonly blocks: readonly CodeBlock[];
  readonly tables: readonly Table[];
  readonly headings: readonly Heading[];
}

/** Reads the parts of Markdown that these pages are written in: fences, pipe tables, headings, HTML comments. */
export function readPage(markdown: string): Page {
  const blocks: CodeBlock[] = [];
  const tables: Table[] = [];
  const headings: Heading[] = [];
  const lines = markdown.split("\n");
  let comments: string[] = [];
  let at = 0;
  const until = (end: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    for (at += 1; at < lines.length && !end(lines[at] ?? ""); at += 1) taken.push(lines[at] ?? "");
    return taken;
  };
  for (; at < lines.length; at += 1) {
    const text = lines[at] ?? "";
    const line = at + 1;
    const fence = /^(`{3,})(\w*)\s*$/.exec(text);
    const heading = /^(#+) (.*)$/.exec(text);
    if (text.trim() === "") continue;
    if (text.startsWith("<!--")) {
      const rest = text.includes("-->") ? [] : until((next) => next.includes("-->"));
      const last = rest.length > 0 || !text.includes("-->") ? [lines[at] ?? ""] : [];
      comments.push(
        [text, ...rest, ...last]
          .join("\n")
          .replace(/^<!--\s*/, "")
          .replace(/\s*-->.*$/s, ""),
      );
      continue;
    }
    if (fence !== null) {
      const body = until((next) => next === fence[1]);
      blocks.push({ line, language: fence[2] ?? "", text: `${body.join("\n")}\n`, comments });
    } else if (text.startsWith("|")) {
      const rows = [text];
      while ((lines[at + 1] ?? "").startsWith("|")) rows.push(lines[(at += 1)] ?? "");
      tables.push({
        line,
        comments,
        header: cells(text),
        rows: rows.slice(2).map((row, i) => ({ line: line + 2 + i, cells: cells(row) })),
      });
    } else if (heading !== null) {
      headings.push({ level: heading[1]?.length ?? 0, text: heading[2] ?? "", line });
    }
    comments = [];
  }
  return { blocks, tables, headings };
}

/** The code spans of a cell or line, in order. */
export function codeSpans(text: string): readonly string[] {
  return [...text.matchAll(/(`+) ?(.+?) ?\1(?!`)/g)].map(([, , code]) => code ?? "");
}

function cells(row: string): readonly string[] {
  return row
    .replace(/^\|/, "")
    .replace(/\|\s*$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}
