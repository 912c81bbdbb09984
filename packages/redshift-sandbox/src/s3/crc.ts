import { crc32 as zlibCrc32 } from "node:zlib";

/** A running cyclic redundancy check; `digest` is big-endian, as S3 encodes it. */
export interface RunningCrc {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

/** CRC32 (zlib's), by Node's own native code. */
export function crc32(): RunningCrc {
  let crc = 0;
  return {
    update(chunk) {
      crc = zlibCrc32(chunk, crc);
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(crc);
      return out;
    },
  };
}

/** Castagnoli's polynomial, bits reversed. */
const CRC32C_POLYNOMIAL = 0x82f63b78n;
/** The polynomial of the NVMe specification, bits reversed. */
const CRC64NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const CRC32_POLYNOMIAL = 0xedb88320n;

/**
 * Tables for eight bytes at a time ("slicing by eight"): entry `k * 256 + b` is what byte `b` contributes when `k` more bytes follow it.
 * A 64-bit value is kept as two halves, because BigInt arithmetic per byte is fifty times slower.
 */
interface Tables {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

function makeTables(polynomial: bigint): Tables {
  const low = new Uint32Array(8 * 256);
  const high = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let slice = 0; slice < 8; slice += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
      }
      low[slice * 256 + byte] = Number(value & 0xffffffffn);
      high[slice * 256 + byte] = Number(value >> 32n);
    }
  }
  return { low, high };
}

let crc32cTables: Tables | undefined;
let crc64Tables: Tables | undefined;

/** CRC32C (Castagnoli). */
export function crc32c(): RunningCrc {
  const table = (crc32cTables ??= makeTables(CRC32C_POLYNOMIAL)).low;
  const at = (slice: number, byte: number): number => table[slice * 256 + byte] ?? 0;
  let crc = 0xffffffff;
  return {
    update(chunk) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let offset = 0;
      for (; offset + 8 <= chunk.length; offset += 8) {
        const a = crc ^ view.getUint32(offset, true);
        const b = view.getUint32(offset + 4, true);
        crc =
          at(7, a & 255) ^
          at(6, (a >>> 8) & 255) ^
          at(5, (a >>> 16) & 255) ^
          at(4, a >>> 24) ^
          at(3, b & 255) ^
          at(2, (b >>> 8) & 255) ^
          at(1, (b >>> 16) & 255) ^
          at(0, b >>> 24);
      }
      for (; offset < chunk.length; offset += 1) {
        crc = (crc >>> 8) ^ at(0, (crc ^ view.getUint8(offset)) & 255);
      }
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(~crc >>> 0);
      return out;
    },
  };
}

/** CRC64NVME, S3's own favourite. */
export function crc64nvme(): RunningCrc {
  const { low, high } = (crc64Tables ??= makeTables(CRC64NVME_POLYNOMIAL));
  const lowAt = (slice: number, byte: number): number => low[slice * 256 + byte] ?? 0;
  const highAt = (slice: number, byte: number): number => high[slice * 256 + byte] ?? 0;
  let crcLow = 0xffffffff;
  let crcHigh = 0xffffffff;
  return {
    update(chunk) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let offset = 0;
      for (; offset + 8 <= chunk.length; offset += 8) {
        const a = crcLow ^ view.getUint32(offset, true);
        const b = crcHigh ^ view.getUint32(offset + 4, true);
        const [b0, b1, b2, b3] = [a & 255, (a >>> 8) & 255, (a >>> 16) & 255, a >>> 24];
        const [b4, b5, b6, b7] = [b & 255, (b >>> 8) & 255, (b >>> 16) & 255, b >>> 24];
        crcLow =
          lowAt(7, b0) ^
          lowAt(6, b1) ^
          lowAt(5, b2) ^
          lowAt(4, b3) ^
          lowAt(3, b4) ^
          lowAt(2, b5) ^
          lowAt(1, b6) ^
          lowAt(0, b7);
        crcHigh =
          highAt(7, b0) ^
          highAt(6, b1) ^
          highAt(5, b2) ^
          highAt(4, b3) ^
          highAt(3, b4) ^
          highAt(2, b5) ^
          highAt(1, b6) ^
          highAt(0, b7);
      }
      for (; offset < chunk.length; offset += 1) {
        const index = (crcLow ^ view.getUint8(offset)) & 255;
        crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ lowAt(0, index);
        crcHigh = (crcHigh >>> 8) ^ highAt(0, index);
      }
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeUInt32BE(~crcHigh >>> 0, 0);
      out.writeUInt32BE(~crcLow >>> 0, 4);
      return out;
    },
  };
}

const POLYNOMIALS = {
  CRC32: CRC32_POLYNOMIAL,
  CRC32C: CRC32C_POLYNOMIAL,
  CRC64NVME: CRC64NVME_POLYNOMIAL,
} as const;

/**
 * The check of two byte strings joined, from the checks of each: how a full-object checksum is had from those of the parts
 * without reading them again. Works as zlib's crc32_combine does: the first check is multiplied by x^(8 * length of the second).
 */
export function combineCrc(
  algorithm: keyof typeof POLYNOMIALS,
  first: Buffer,
  second: Buffer,
  secondLength: number,
): Buffer {
  const polynomial = POLYNOMIALS[algorithm];
  const width = BigInt(first.length * 8);
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    let shifted = b;
    // Reversed bits: the highest bit of `a` is the coefficient of x^0.
    for (let bit = width - 1n; bit >= 0n; bit -= 1n) {
      if ((a >> bit) & 1n) product ^= shifted;
      shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
    }
    return product;
  };
  let power = 1n << (width - 1n - 8n); // x^8: one byte of zeros
  let shift = 1n << (width - 1n); // x^0
  for (let left = secondLength; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  const combined =
    multiply(BigInt(`0x${first.toString("hex")}`), shift) ^ BigInt(`0x${second.toString("hex")}`);
  return Buffer.from(combined.toString(16).padStart(first.length * 2, "0"), "hex");
}
