import { readFileSync } from "node:fs";
import { systemErrorText } from "../systemError.ts";
import { ClusterFileError } from "./clusterFileError.ts";

/** A text file and how its text becomes bytes again. */
export interface EncodedText {
  /** With the byte order mark, where there is one. */
  text: string;
  encode: (text: string) => Buffer;
}

/**
 * A cluster file's text. RKE's reader takes UTF-8, and UTF-16 behind a byte order mark (yaml.v2 v2.4.0 readerc.go).
 * @throws ClusterFileError when it is not there or is no such text.
 */
export function readText(path: string): EncodedText {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new ClusterFileError([`cannot be read: ${systemErrorText(error)}`]);
  }
  return decodeText(bytes);
}

/** @throws ClusterFileError when the bytes are no text. */
export function decodeText(bytes: Buffer): EncodedText {
  const isUtf16 = (first: number, second: number) => bytes[0] === first && bytes[1] === second;
  if (isUtf16(0xff, 0xfe)) return utf16(bytes, (even) => even);
  if (isUtf16(0xfe, 0xff)) return utf16(bytes, (even) => Buffer.from(even).swap16());
  return { text: decoded(bytes, "utf-8"), encode: (text) => Buffer.from(text, "utf8") };
}

function utf16(bytes: Buffer, swapped: (even: Buffer) => Buffer): EncodedText {
  if (bytes.length % 2 !== 0) throw notText();
  return {
    text: decoded(swapped(bytes), "utf-16le"),
    encode: (text) => swapped(Buffer.from(text, "utf16le")),
  };
}

function decoded(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notText();
  }
}

function notText(): ClusterFileError {
  return new ClusterFileError(["is neither UTF-8 nor UTF-16 text; RKE reads no other"]);
}
