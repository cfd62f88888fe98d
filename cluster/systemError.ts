const TEXTS = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EISDIR", "it is a folder"],
  ["EEXIST", "something else of that name is there"],
  ["ENOTDIR", "part of the path is not a folder"],
  ["ELOOP", "too many symbolic links"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the disk is read-only"],
  ["EIO", "the disk fails"],
  ["EMFILE", "too many files are open"],
  ["ENFILE", "too many files are open"],
  ["ENOEXEC", "it is no program for this machine"],
  ["ETXTBSY", "it is being written"],
  ["ECONNREFUSED", "the connection was refused"],
  ["ECONNRESET", "the connection was cut off"],
  ["EHOSTUNREACH", "there is no route to the host"],
  ["ENETUNREACH", "there is no route to the network"],
  ["ETIMEDOUT", "it did not answer in time"],
  ["ENOTFOUND", "no address is known for the name"],
  ["EAI_AGAIN", "the name server does not answer"],
]);

/** A system error in words (errno(3)); its own message where there are none. */
export function systemErrorText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return TEXTS.get(code ?? "") ?? message;
}
