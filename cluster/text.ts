import { stripVTControlCharacters } from "node:util";

/** Characters that control a terminal, have no width or turn the direction of writing; a line break and a tab do no harm. */
const INVISIBLE = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\n\t]]/gv;

/**
 * Text from outside (a line of RKE, an error of ssh, a word of a node) as it may be shown: without what moves a cursor,
 * colours a terminal, is invisible or turns the direction of writing, all of which can make a text look like another.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(INVISIBLE, "");
}

/** Whole MiB, rounded down: of room that is there, and of what is needed. */
export function wholeMib(kib: number): number {
  return Math.floor(kib / 1024);
}

export function mib(kib: number): string {
  return `${wholeMib(kib)} MiB`;
}

/** Some of so many names, and how many more there are. */
export function someNames(names: string[], count: number): string {
  const more = count - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

const HIDDEN = "[redacted]";

/** A value up to its end, in quotes (also in those of a quoted line), in brackets, or as a word. */
const VALUE = String.raw`(?:\\?"(?:[^"\\\n]|\\(?!"))*(?:\\?"|(?=\n|$))|'[^'\n]*'|\[[^\]\n]*\]|[^\s"'\\,;\]})]+)`;
const NAME = "(?:access[_-]?key(?:[_-]?id)?|secret[_-]?(?:access[_-]?)?key|session[_-]?token|password|passwd|token)";

/** What a secret looks like, with what is kept of it in the first group. */
const SECRETS = [
  // A whole key, also in a quoted line, where line breaks are \n; or as much as there is of one that was cut off.
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?:(?!-----BEGIN)[\s\S]){0,8000}?-----END [A-Z ]*PRIVATE KEY-----|(?:(?:\s|\\n)*[\w+/=]{16,}|[ \w+/=])*)/g,
  // access_key: K, "secret_key":"K", S3_ACCESS_KEY=K, AccessKey:K, and RKE's own "using accesskey [K]" (cluster/etcd.go).
  new RegExp(String.raw`(${NAME}\\?["']?[ \t]*(?:[=:][ \t]*|[ \t](?=\[)))${VALUE}`, "gi"),
  // --secret-key K, and as an item of a list: "--secret-key", "K".
  new RegExp(String.raw`(--${NAME}\\?["']?[ \t,]+)${VALUE}`, "gi"),
  /(\bauthorization:[ \t]*\w+[ \t]+)[^\s"'\\,]+/gi,
  /(\bbearer[ \t]+)[\w.~+/=:-]{8,}/gi,
  // Tokens of Kubernetes (a JWT) and of Rancher, and access keys of AWS, by their form.
  /()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /(\b(?:token-\w{5}|kubeconfig-[\w.-]+):)[a-z0-9]{40,}/g,
  /()\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /(\bhttps?:\/\/)[^\s/@"'\\]+(?=@)/gi,
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:"'\\]*:)[^\s/@"'\\]+(?=@)/gi,
  /(\bX-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"'\\]+/gi,
];

/** A text without the secrets that it may contain: of object stores, of registries, of Kubernetes, of Rancher. */
export function redact(text: string): string {
  return SECRETS.reduce((left, secret) => left.replaceAll(secret, `$1${HIDDEN}`), text);
}
