// Starts the viewer that the page names. It stands in a file of its own so that the pages need no
// inline script and the content security policy can forbid them.
"use strict";

const viewer = document.getElementById("viewer");
const address = new URL(viewer.dataset.document, document.baseURI).href;

if (viewer.dataset.viewer === "swagger-ui") {
  SwaggerUIBundle({
    url: address,
    domNode: viewer,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    filter: true,
    persistAuthorization: false, // a token never stays in the browser's storage
    validatorUrl: null, // the document is not sent anywhere to be validated
  });
} else {
  Redoc.init(address, { nativeScrollbars: true, requiredPropsFirst: true, hideDownloadButton: true }, viewer);
}
