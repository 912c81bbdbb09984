const mebibyte = 1024 * 1024;

/** A file is to have at least 1 MB; estimates are aimed a little higher, as they may be wrong. */
export const leastFileBytes = 1.25 * mebibyte;

/** A file may have 1 GB; estimates are aimed at a quarter of it. */
export const mostFileBytes = 256 * mebibyte;

/**
 * How many files hold so many bytes, compressed, so that COPY reads them fastest: a multiple of the slices, each from 1 MB
 * to 1 GB; fewer where that would make them too small.
 * @param writers - how many files are written at once; each has two or more, if there is enough for it
 * @see AWS Database Developer Guide, "Loading data files" (c_best-practices-use-multiple-files)
 */
export function fileCount(bytes: number, slices: number, writers: number): number {
  const perSlice = Math.floor(bytes / (slices * leastFileBytes));
  if (perSlice === 0) return Math.max(Math.floor(bytes / leastFileBytes), 1);
  const needed = Math.ceil(bytes / (slices * mostFileBytes));
  return slices * Math.max(needed, Math.min(Math.ceil((2 * writers) / slices), perSlice));
}
