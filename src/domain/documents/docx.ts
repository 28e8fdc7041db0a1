import { Unzip, UnzipInflate } from "fflate";
import mammoth from "mammoth";
import { StudioError } from "../errors.ts";
import { htmlToText } from "./html.ts";
import { isZip, mismatch, type Reader } from "./refusal.ts";

/** A compressed document may unpack to this much, and to so many files. */
const MAX_UNPACKED = 100 * 1024 * 1024;
const MAX_ENTRIES = 2000;

const refuse = (code: string, message: string, hint: string) => new StudioError(code, message, hint);

/** Word's paragraphs, headings and tables as text, by way of HTML so that rows stay together. */
export const readDocx: Reader = async (bytes) => {
  if (!isZip(bytes)) throw mismatch("a Word document");
  await checkArchive(bytes);
  try {
    const noPictures = mammoth.images.imgElement(async () => ({ src: "" }));
    const { value, messages } = await mammoth.convertToHtml(archiveOf(bytes), { convertImage: noPictures });
    const errors = messages.flatMap(({ type, message }) => (type === "error" ? [message] : []));
    return {
      title: null,
      ...htmlToText(value),
      warnings: errors.length > 0 ? [`${errors.length} parts of the Word document could not be read.`] : [],
    };
  } catch {
    throw refuse("file-unreadable", "The Word document is damaged.", "Open it in Word and save it again.");
  }
};

/** mammoth takes its input under another name in each of its two builds. */
const archiveOf = (bytes: Uint8Array): Parameters<typeof mammoth.convertToHtml>[0] =>
  typeof Buffer === "undefined"
    ? { arrayBuffer: bytes.slice().buffer }
    : { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };

/** Unpacks a zip as a whole without keeping it: what an archive states about its sizes may be a lie. */
const checkArchive = async (bytes: Uint8Array): Promise<void> => {
  let unpacked = 0;
  let entries = 0;
  let hasDocument = false;
  let problem: StudioError | null = null;
  const tooLarge = () =>
    refuse(
      "archive-too-large",
      "The document unpacks to more than 100 MB or 2,000 parts.",
      "Remove embedded pictures, or split it.",
    );
  const unzip = new Unzip((file) => {
    entries += 1;
    hasDocument ||= file.name === "word/document.xml";
    if (entries > MAX_ENTRIES) problem ??= tooLarge();
    if (problem) return;
    file.ondata = (error, data) => {
      if (error) problem ??= refuse("file-unreadable", "The Word document is damaged.", "Save it again.");
      unpacked += data?.length ?? 0;
      if (unpacked > MAX_UNPACKED) {
        problem ??= tooLarge();
        file.terminate();
      }
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  const STEP = 16 * 1024;
  try {
    for (let at = 0; at < bytes.length && !problem; at += STEP)
      unzip.push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
  } catch {
    problem ??= refuse("file-unreadable", "The Word document is damaged.", "Open it in Word and save it again.");
  }
  if (problem) throw problem;
  if (!hasDocument) throw mismatch("a Word document");
};
