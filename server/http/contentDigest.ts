import { StudioError } from "../../src/domain/errors.ts";

/**
 * SHA-256 in hex from a `Content-Digest` header (RFC 9530: a dictionary such as `sha-256=:BASE64:, sha-512=:…:`).
 * Throws `digest-missing` or `digest-malformed`.
 */
export const parseContentDigest = (header: string | undefined): string => {
  const hint = "Send Content-Digest: sha-256=:BASE64: with the SHA-256 of the file.";
  if (!header) throw new StudioError("digest-missing", "The upload has no Content-Digest header.", hint);
  const members = header.split(",").map((member) => /^\s*([a-z0-9*_.-]+)=:([A-Za-z0-9+/]*={0,2}):\s*$/.exec(member));
  const member = members.filter((match) => match !== null).find((match) => match[1] === "sha-256");
  if (members.includes(null) || !member)
    throw new StudioError("digest-malformed", "The Content-Digest header holds no readable SHA-256.", hint);
  const bytes = Buffer.from(member[2] ?? "", "base64");
  if (bytes.length !== 32)
    throw new StudioError("digest-malformed", "The SHA-256 of Content-Digest must have 32 bytes.", hint);
  return bytes.toString("hex");
};
