/** The tag of an image, which is Rancher's version; undefined where it has none or is not known. */
export function tagOf(image: string): string | undefined {
  return /:(\w[\w.-]*)$/.exec(image.replace(/@.*/, ""))?.[1];
}
