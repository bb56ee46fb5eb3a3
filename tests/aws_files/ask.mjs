// What the AWS SDK for JavaScript makes of this environment: the credentials of its default chain, as JSON.
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { fromNodeProviderChain } = require("@aws-sdk/credential-providers");

console.warn = () => {};
const region = process.env.CLIENT_REGION;
delete process.env.CLIENT_REGION;
let answer;
try {
  const provider = fromNodeProviderChain({ clientConfig: { maxAttempts: 1 }, parentClientConfig: { region } });
  const { accessKeyId } = await provider();
  answer = { id: accessKeyId };
} catch (error) {
  answer = { error: error.message };
}
process.stdout.write(JSON.stringify(answer));
process.exit(0);
