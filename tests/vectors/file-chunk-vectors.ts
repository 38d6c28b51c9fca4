// file-chunk.json: chunks of two files, and what a receiver must not take for one.
import { concat, toHex, utf8 } from "../../codec/bytes.ts";
import { fileKeys, sealChunk } from "../../core/room/file-chunk.ts";
import { count, flip, write } from "./write.ts";

export async function fileChunkVectors(): Promise<void> {
  const [key, noncePrefix, offer] = [count(32, 3), count(7, 60), utf8("offer of a file")];
  const file = fileKeys(key, noncePrefix, offer);
  const valid = [];
  for (const { index, last, plain } of [
    { index: 0, last: false, plain: utf8("first chunk") },
    { index: 1, last: false, plain: count(40, 0) },
    { index: 0x01020304, last: false, plain: count(1, 9) },
    { index: 2, last: true, plain: utf8("end") },
    { index: 0, last: true, plain: new Uint8Array() },
  ]) {
    const sealed = toHex(await sealChunk(file, { index, last }, plain));
    valid.push({ index, last, plain: toHex(plain), sealed });
  }
  write("file-chunk", "Sealed chunks of a file, and what is none at the place where it stands", {
    key: toHex(key),
    noncePrefix: toHex(noncePrefix),
    offer: toHex(offer),
    offerDigest: toHex(file.offerDigest),
    valid,
    refused: await refusedChunks(key, noncePrefix, offer),
  });
}

async function refusedChunks(key: Uint8Array, noncePrefix: Uint8Array, offer: Uint8Array) {
  const [plain, place] = [utf8("a chunk"), { index: 1, last: false }];
  const sealed = await sealChunk(fileKeys(key, noncePrefix, offer), place, plain);
  const of = async (...file: [Uint8Array, Uint8Array, Uint8Array]) => sealChunk(fileKeys(...file), place, plain);
  return [
    { why: "an earlier place", index: 0, last: false, sealed, code: "decrypt_failed" },
    { why: "a later place", index: 2, last: false, sealed, code: "decrypt_failed" },
    { why: "a place 256 later", index: 257, last: false, sealed, code: "decrypt_failed" },
    { why: "the end of the file", index: 1, last: true, sealed, code: "decrypt_failed" },
    { why: "a changed bit", ...place, sealed: flip(sealed, 3), code: "decrypt_failed" },
    { why: "a changed tag", ...place, sealed: flip(sealed, sealed.length - 1), code: "decrypt_failed" },
    { why: "a byte missing", ...place, sealed: sealed.slice(0, -1), code: "decrypt_failed" },
    { why: "a byte too many", ...place, sealed: concat(sealed, count(1, 0)), code: "decrypt_failed" },
    { why: "another key", ...place, sealed: await of(count(32, 4), noncePrefix, offer), code: "decrypt_failed" },
    { why: "another prefix", ...place, sealed: await of(key, count(7, 61), offer), code: "decrypt_failed" },
    { why: "another offer", ...place, sealed: await of(key, noncePrefix, utf8("another offer")), code: "decrypt_failed" },
    { why: "no byte of the file", ...place, sealed: count(16, 0), code: "malformed" },
    { why: "less than a tag", index: 0, last: true, sealed: count(15, 0), code: "malformed" },
    { why: "an index of five bytes", index: 2 ** 32, last: false, sealed, code: "malformed" },
  ].map((chunk) => ({ ...chunk, sealed: toHex(chunk.sealed) }));
}
