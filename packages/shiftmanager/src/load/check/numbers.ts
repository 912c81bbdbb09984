import { doubtful, refused, type Verdict } from "./finding.ts";

const limits: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

const blanksOrPlus = "has blanks or a plus sign around its digits, which COPY may refuse";

/** SMALLINT, INTEGER, BIGINT. @see AWS r_Numeric_types201 */
export function integerVerdict(type: string): (text: string) => Verdict {
  const [least, most] = limits[type] ?? [0n, 0n];
  const surelyFits = String(most).length - 1;
  return (text) => {
    const plain = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
    if (plain === "") return "null";
    const digits = plain.replace(/^[+-]/, "");
    const bad = digits.search(/[^0-9]/);
    if (digits === "" || bad !== -1) {
      const at = text.indexOf(plain) + (plain.length - digits.length) + Math.max(bad, 0);
      return refused(1207, "is no whole number", at < text.length ? { start: at, end: at + 1 } : undefined);
    }
    if (digits.length > surelyFits) {
      const value = BigInt(plain.replace(/^\+/, ""));
      if (value < least || value > most) return refused(1222, `is outside ${least} to ${most}`);
    }
    return plain === text && !plain.startsWith("+") ? "taken" : doubtful(1207, blanksOrPlus);
  };
}

/** DECIMAL(p,s). @see AWS copy-parameters-data-conversion (ROUNDEC) */
export function decimalVerdict(precision: number, scale: number, round: boolean): (text: string) => Verdict {
  return (text) => {
    const plain = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
    if (plain === "") return "null";
    if (!/\d/.test(plain)) return refused(1207, "is no number");
    const match = /^-?(\d+)(?:\.(\d+))?$/.exec(plain);
    if (match === null) {
      if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain))
        return doubtful(
          1207,
          "is written in a way (with a power of ten, a sign, a bare point) that COPY may refuse",
        );
      const at = text.search(/[^\d.\s+-]/);
      return refused(1207, "is no number", at === -1 ? undefined : { start: at, end: at + 1 });
    }
    const whole = (match[1] ?? "").replace(/^0+/, "");
    const decimals = (match[2] ?? "").replace(/0+$/, "");
    if (whole.length > precision - scale) {
      return refused(1222, `has more than ${precision - scale} digits before the point`);
    }
    if (decimals.length > scale) {
      if (!round) return doubtful(1207, `has ${decimals.length} decimals, which COPY cuts to ${scale}`);
      if (/^9*$/.test(whole)) return doubtful(1222, "may be rounded to more than the column holds");
    }
    // AWS stores up to 19 digits in eight bytes, so the largest of them do not fit.
    if (precision === 19 && whole.length + scale >= 19)
      return doubtful(1222, "may be more than eight bytes hold");
    return plain === text ? "taken" : doubtful(1207, blanksOrPlus);
  };
}

/** REAL and DOUBLE PRECISION. */
export function floatVerdict(type: "real" | "double precision"): (text: string) => Verdict {
  return (text) => {
    const plain = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
    if (plain === "") return "null";
    if (/^[+-]?(?:nan|inf|infinity)$/i.test(plain))
      return doubtful(1208, "is no finite number, which COPY may refuse");
    if (/^[+-]?0x/i.test(plain)) return doubtful(1208, "is hexadecimal, which COPY may refuse");
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain)) return refused(1208, "is no number");
    const value = type === "real" ? Math.fround(Number(plain)) : Number(plain);
    if (!Number.isFinite(value)) return refused(1222, "is beyond what the type can hold");
    if (value === 0 && /[1-9]/.test(plain.replace(/e.*$/i, "")))
      return doubtful(1222, "is so small that COPY may refuse it or load 0");
    return plain === text && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(plain)
      ? "taken"
      : doubtful(1208, blanksOrPlus);
  };
}

/** @see AWS r_Boolean_type */
export function booleanVerdict(text: string): Verdict {
  const plain = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
  if (plain === "") return "null";
  if (/^(?:true|t|yes|y|1|false|f|no|n|0)$/i.test(plain)) {
    return plain === text ? "taken" : doubtful(1210, "has blanks around it, which COPY may refuse");
  }
  return /^(?:tru?|fal?s?|fa|ye|on|off?)$/i.test(plain)
    ? doubtful(1210, "is short for a boolean, which COPY may refuse")
    : refused(1210, "is no boolean");
}
