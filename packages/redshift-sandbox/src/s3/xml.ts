import { malformedXml } from "./s3-error.ts";

/** An element to write: text, or elements in order; undefined leaves it out. An array of elements may repeat a name. */
export type XmlContent = string | number | boolean | readonly XmlElement[];
export type XmlElement = readonly [name: string, content: XmlContent | undefined];

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A document in S3's namespace. Errors are the one kind without: `namespace: false`. */
export function renderXml(
  [name, content]: XmlElement,
  { namespace = true }: { readonly namespace?: boolean } = {},
): string {
  const attribute = namespace ? ` xmlns="${NAMESPACE}"` : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${attribute}>${renderContent(content ?? "")}</${name}>`;
}

function renderContent(content: XmlContent): string {
  if (typeof content !== "object") return escapeXml(String(content));
  return content
    .map(([name, inner]) => {
      if (inner === undefined) return "";
      // `xsi:type="…"` of a Grantee is the one attribute S3 writes inside a document.
      const tag = name.split(" ")[0] ?? name;
      return `<${name}>${renderContent(inner)}</${tag}>`;
    })
    .join("");
}

/**
 * Control characters become references, as S3 writes them, although XML 1.0 forbids most even so: clients that cannot read them ask for
 * `encoding-type=url`. Line ends must be references, or parsers normalise them.
 */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\u0000-\u001f\u007f-\u009f\u2028\ufffe\uffff]/g, (char) => {
    const named = NAMED[char];
    return named === undefined ? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};` : `&${named};`;
  });
}

const NAMED: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};
const CHARACTERS: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** An element as it was read. Namespace prefixes are dropped. */
export interface XmlNode {
  readonly name: string;
  readonly children: readonly XmlNode[];
  /** The text directly inside, references resolved; white space is kept, since keys may consist of it. */
  readonly text: string;
}

/**
 * Reads one of the small documents that clients send. Elements, text, CDATA and references are all they need; a document type
 * declaration, and with it every entity of the client's own, is refused.
 * @throws S3Error MalformedXML
 */
export function parseXml(source: string): XmlNode {
  const open: { name: string; children: XmlNode[]; text: string }[] = [{ name: "", children: [], text: "" }];
  const token =
    /<\?[^]*?\?>|<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
  const text = source.replace(/^\ufeff/, "");
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    const top = open.at(-1);
    if (match === null || top === undefined) throw malformedXml();
    const [, cdata, closing, tag, , empty, chars] = match;
    if (cdata !== undefined) top.text += cdata;
    else if (chars !== undefined) top.text += unescapeXml(chars);
    else if (tag !== undefined) {
      const name = tag.slice(tag.indexOf(":") + 1);
      if (closing === "/") {
        const parent = open.at(-2);
        if (top.name !== name || parent === undefined) throw malformedXml();
        parent.children.push(top);
        open.pop();
      } else if (empty === "/") top.children.push({ name, children: [], text: "" });
      else open.push({ name, children: [], text: "" });
    }
    if (open.length > 16) throw malformedXml();
  }
  const [root, ...others] = open;
  const [document, ...more] = root?.children ?? [];
  if (others.length > 0 || document === undefined || more.length > 0) throw malformedXml();
  return document;
}

function unescapeXml(text: string): string {
  // Line ends written as such are one line feed to XML; written as references they stay what they are.
  return text.replace(/\r\n?/g, "\n").replace(/&([^;]*);?/g, (whole, name: string) => {
    const reference = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    if (!whole.endsWith(";")) throw malformedXml();
    if (reference === null) {
      const char = CHARACTERS[name];
      if (char === undefined) throw malformedXml();
      return char;
    }
    const point = reference[1] === undefined ? Number(reference[2]) : Number.parseInt(reference[1], 16);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw malformedXml();
    return String.fromCodePoint(point);
  });
}

/** The text of the first child of this name. */
export function childText(node: XmlNode, name: string): string | undefined {
  return node.children.find((child) => child.name === name)?.text;
}
