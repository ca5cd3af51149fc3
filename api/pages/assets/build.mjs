// Bundles src/ into the folder named by the first argument, with content-hashed names and a manifest.json that maps
// each source name to its file. Called by scripts/build_assets.py, which also compresses.
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";

const outdir = process.argv[2];

/** `import url from "file:…"` gives the URL of a copied, hashed file: MapLibre's worker is loaded by URL. */
const copiedFile = {
  name: "copied-file",
  setup(build) {
    build.onResolve({ filter: /^file:/ }, async (args) => {
      const found = await build.resolve(args.path.slice("file:".length), {
        kind: args.kind,
        resolveDir: args.resolveDir,
      });
      return { path: found.path, namespace: "copied-file" };
    });
    build.onLoad({ filter: /.*/, namespace: "copied-file" }, async (args) => {
      const { readFile } = await import("node:fs/promises");
      return { contents: await readFile(args.path), loader: "file" };
    });
  },
};

const result = await esbuild.build({
  entryPoints: ["src/main.js", "src/style.css", "src/map.css", "src/icon.svg"],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  metafile: true,
  loader: { ".svg": "copy" },
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  publicPath: "/static/",
  plugins: [copiedFile],
  logLevel: "warning",
  legalComments: "linked",
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) manifest[basename(output.entryPoint)] = basename(file);
}
writeFileSync(join(outdir, "manifest.json"), JSON.stringify(manifest, null, 2));
