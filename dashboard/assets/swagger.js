"use strict";

const place = document.getElementById("swagger");
place.replaceChildren();
SwaggerUIBundle({ url: place.dataset.document, domNode: place, deepLinking: true, validatorUrl: null, tryItOutEnabled: true });
