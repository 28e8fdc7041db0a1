const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/u;
/** International, North American and leading-zero national writings. Every repetition is bounded. */
const PHONE =
  /(?<![\w+.-])(?:\+\d{1,3}[\s./-]?(?:\(?\d{1,5}\)?[\s./-]?){2,5}|\(\d{3}\)\s?\d{3}[-.\s]\d{4}|\d{3}[-.\s]\d{3}[-.\s]\d{4}|0\d{1,4}[\s/-]\d{2,4}(?:[\s-]?\d{2,4}){1,3})(?![\w-])/;

/** Whether a text holds something that looks like an e-mail address. */
export const hasEmail = (text: string): boolean => text.includes("@") && EMAIL.test(text);

/** Whether a text holds something that looks like a telephone number (9 to 15 digits in a usual writing). */
export const hasPhone = (text: string): boolean => {
  const digits = PHONE.exec(text)?.[0].replace(/\D/g, "").length ?? 0;
  return digits >= 9 && digits <= 15;
};
