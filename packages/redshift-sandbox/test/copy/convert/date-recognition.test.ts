import { describe, expect, it } from "vitest";
import { compileFormat } from "../../../src/copy/convert/date-format.ts";
import { recognise } from "../../../src/copy/convert/date-recognition.ts";
import { timestampText } from "../../../src/copy/convert/moment.ts";
import type { Moment } from "../../../src/copy/convert/moment.ts";

const shown = (moment: Moment | undefined): string | undefined =>
  moment === undefined ? undefined : timestampText(moment, true);

describe("automatic recognition", () => {
  it.each([
    // AWS automatic-recognition
    ["2019-02-11T05:09:12.195Z", "2019-02-11 05:09:12.195000+00:00"],
    ["J2451187", "1999-01-08 00:00:00"],
    ["J2345678 04:05:06.789", "1710-02-23 04:05:06.789000"],
    ["Jan-08-95 BC", "0095-01-08 00:00:00 BC"],
    ["19960108 040809", "1996-01-08 04:08:09"],
    ["960108 040809", "1996-01-08 04:08:09"],
    ["1996.008", "1996-01-08 00:00:00"],
    ["1996-01-08 04:05:06.789", "1996-01-08 04:05:06.789000"],
    ["17 Dec 07:37:16 1997 PST", "1997-12-17 07:37:16-08:00"],
    ["12/17/1997 07:37:16.00 PST", "1997-12-17 07:37:16-08:00"],
    ["1997-12-17 07:37:16-08", "1997-12-17 07:37:16-08:00"],
    ["12.17.1997 07:37:16.00 PST", "1997-12-17 07:37:16-08:00"],
    ["17.12.1997", "1997-12-17 00:00:00"],
    // names of months in any place, as real files have them
    ["Jun 12 1998", "1998-06-12 00:00:00"],
    ["12 June 1998", "1998-06-12 00:00:00"],
    ["June 12, 1998 5:30 PM", "1998-06-12 17:30:00"],
    ["12-Jun-98", "1998-06-12 00:00:00"],
    ["1998-Jun-12", "1998-06-12 00:00:00"],
    ["Fri, 12 Jun 1998 10:00:00 GMT", "1998-06-12 10:00:00+00:00"],
    ["1998-06-12 10:00 Europe/Paris", "1998-06-12 10:00:00 Europe/Paris"],
    ["20240229", "2024-02-29 00:00:00"],
  ])("%s", (text, expected) => {
    expect(shown(recognise(text))).toBe(expected);
  });

  it.each([
    "",
    "Jun 1998",
    "2023-02-29",
    "1998-13-01",
    "13/13/1998",
    "17/12/1997",
    "12:30",
    "yesterday",
    "1998-06-12 25:00:00",
    "Jun 12 1998 10:00:00 Nowhere/Land",
    "1700000000",
  ])("%s is no date", (text) => {
    expect(recognise(text)).toBeUndefined();
  });
});

describe("format strings", () => {
  it.each([
    ["MON-DD-YYYY", "Jan-01-1999", "1999-01-01 00:00:00"],
    ["MM/DD/YYYY", "03/31/2003", "2003-03-31 00:00:00"],
    ["MON DD, YYYY", "March 31, 2003", "2003-03-31 00:00:00"],
    ["MM.DD.YYYY HH:MI:SS", "03.31.2003 18:45:05", "2003-03-31 18:45:05"],
    ["MM.DD.YYYY HH:MI:SS", "03.31.2003 18:45:05.123456", "2003-03-31 18:45:05.123456"],
    ["YYMMDD", "690101", "2069-01-01 00:00:00"],
    ["HH12:MI:SS PM DD/MM/YY", "12:00:01 am 31/12/99", "1999-12-31 00:00:01"],
    ["YYYY-MM-DD'T'HH24", "2024-01-02'T'03", undefined],
  ])("%s reads %s", (format, text, expected) => {
    if (expected === undefined) return expect(compileFormat(format)(text)).toBeDefined();
    return expect(shown(compileFormat(format)(text))).toBe(expected);
  });

  it("what does not match, or is no day, is no date", () => {
    expect(compileFormat("YYYY-MM-DD")("2024/01/01")).toBeUndefined();
    expect(compileFormat("YYYY-MM-DD")("2024-02-30")).toBeUndefined();
    expect(compileFormat("MON DD YYYY")("Foo 01 2024")).toBeUndefined();
  });

  it("a zone specifier is not allowed", () => {
    expect(() => compileFormat("YYYY-MM-DD HH:MI:SSOF")).toThrow("a time zone specifier is not allowed");
  });
});
