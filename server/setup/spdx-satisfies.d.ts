/** Whether a licence expression is met by a list of allowed licences; throws at what is no SPDX expression. */
declare module "spdx-satisfies" {
  export default function satisfies(expression: string, allowed: readonly string[]): boolean;
}
