// Types of the shelf, for liveroom.d.ts. What the fields mean: docs/shelf.md.

/** `left` is told only when few are left. */
export interface ProductVariant {
  id: string; name: string; price: number; was?: number; left?: number; stock: "in_stock" | "low" | "sold_out" | "preorder";
}
/** Show products by `position`, then id. */
export interface Product {
  id: string; status: "on" | "off" | "removed"; title: string; currency: string; picture?: string; link?: string;
  position: number; variants: ProductVariant[]; version: number;
}
export interface ProductFact { topic: string; text: string; words?: string[] }
export interface Explained {
  id: "shelf"; status: "quiet" | "explaining"; product?: string; show_id?: string; since?: number; version: number;
}

export interface ShelfSequenced {
  "product.changed": { change: "shown" | "edited" | "price" | "stock" | "hidden" | "removed"; product: Product };
  "shelf.changed": { shelf: Explained };
}

export interface ShelfLatest {
  /** People who picked a product as their favourite in this show. */
  favourites: { show_id: string; products: Record<string, number> };
}

export interface ShelfCommands {
  "product.put": {
    data: {
      product: string;
      content: {
        title: string; currency?: string; picture?: string; link?: string; position?: number; facts?: ProductFact[];
        variants: (Pick<ProductVariant, "id" | "name" | "price" | "was" | "left"> & { stock?: ProductVariant["stock"] })[];
      };
    };
    ack: { product: Product };
  };
  /** What is left out stays as it is. */
  "product.edit": {
    data: {
      product: string; title?: string; picture?: string; link?: string; position?: number; facts?: ProductFact[];
      variants?: ({ id: string } & Partial<ProductVariant>)[];
    };
    ack: { product: Product };
  };
  "product.show": { data: { product: string }; ack: { product: Product } };
  "product.hide": { data: { product: string }; ack: { product: Product } };
  "product.remove": { data: { product: string }; ack: { product: Product } };
  "shelf.explain": { data: { product: string }; ack: { shelf: Explained } };
  "shelf.rest": { data: { product: string }; ack: { shelf: Explained } };
  "product.favour": { data: { product: string }; ack: { product: string; favourites: number } };
  "product.open": { data: { product: string; variant?: string }; ack: object };
}
