"""The SPARQL endpoint and the pages, over HTTP.

The process that speaks HTTP parses no query and renders no page: it hands jobs to worker processes, one pool of them for
visitors' SPARQL and one for pages, so that a hostile query kills or delays nothing but itself.

Pages are pure functions of a space and a request: `kgtools.views.site` offers `respond(space, path, params, accept) -> Reply`.
It is called in a worker, for GET and HEAD alike, and again for the same arguments only when the reply fell out of the cache.
`path` begins with `/` and is percent-decoded; `params` hold the last parameter of each name; `accept` is the Accept header or
nothing. An unknown path is a Reply with status 404; a Fault is answered with 400. The server adds ETag, compression, Vary and
the security headers, and ends a call after its deadline. Where the text of archived documents must not be shown, the space has
no folder of documents. A request with a parameter `query` runs among the workers for SPARQL; `space.store.query(text, 1000)`
gives the first rows and says in `more` whether there are others. All paths come here but /data, /void, /.well-known/void,
/healthz, and /sparql for whoever prefers results (or names a form, as in /sparql?query=…&format=csv) to HTML.
"""
