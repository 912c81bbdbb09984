// @ts-check

/**
 * Waits until a process has said something; all that it has said by then. It goes on being read, so that it can go on talking.
 * @param {import("node:stream").Readable} stream
 * @param {string} text
 * @returns {Promise<string>}
 */
export function said(stream, text) {
  let heard = "";
  return new Promise((resolve, reject) => {
    stream.setEncoding("utf8");
    stream.on("data", (chunk) => {
      heard += chunk;
      if (heard.includes(text)) resolve(heard);
    });
    stream.on("end", () => reject(new Error(`It ended without saying "${text}": ${heard}`)));
  });
}
