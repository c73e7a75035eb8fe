export { addCatalogCommand } from "./catalog.ts";
