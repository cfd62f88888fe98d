import manifest from "../../package.json" with { type: "json" };

const { dependencies } = manifest;

/** Each npm package asks for the engine and the plugin of its own version. */
export const versions = {
  pulumi: dependencies["@pulumi/pulumi"],
  command: dependencies["@pulumi/command"],
  kubernetes: dependencies["@pulumi/kubernetes"],
  aws: dependencies["@pulumi/aws"],
};
