/** The engine's version is the product's; a test holds it to package.json. */
export const ENGINE_VERSION = "0.1.0";
