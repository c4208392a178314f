package openapi

import (
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/internal/apidoc"
)

// schemasOf returns the components: those that operations refer to, by their names.
func schemasOf(b *builder) schema.Properties {
	taken := map[string]bool{errorName: true, problemName: true}
	for _, c := range b.own {
		taken[c.name] = true
	}
	in, out := apidoc.Names(b.in.List(), b.out.List(), taken)
	all := apidoc.Components(&b.in, &b.out, in, out)
	for _, c := range b.own {
		all = append(all, schema.Property{Name: c.name, Schema: apidoc.Renamed(c.schema, in)})
	}
	for _, item := range b.document.Paths {
		for _, o := range *item {
			rename(o, in, out)
		}
	}
	return apidoc.Reachable(apidoc.Sorted(append(all, b.errors.schemas()...)), roots(b.document))
}

// rename has an operation refer to components.
func rename(o *Operation, in, out map[string]string) {
	for i := range o.Parameters {
		p := &o.Parameters[i]
		p.Schema = apidoc.Renamed(p.Schema, in)
		renameAll(p.Content, in)
	}
	if o.RequestBody != nil {
		renameAll(o.RequestBody.Content, in)
	}
	for _, r := range o.Responses {
		renameAll(r.Content, out)
	}
}

func renameAll(content map[string]MediaType, names map[string]string) {
	for t, m := range content {
		content[t] = MediaType{apidoc.Renamed(m.Schema, names)}
	}
}

// roots returns the schemas in the paths and responses of a document.
func roots(d *Document) []*schema.Schema {
	var all []*schema.Schema
	content := func(m map[string]MediaType) {
		for _, one := range m {
			all = append(all, one.Schema)
		}
	}
	for _, item := range d.Paths {
		for _, o := range *item {
			for _, p := range o.Parameters {
				all = append(all, p.Schema)
				content(p.Content)
			}
			if o.RequestBody != nil {
				content(o.RequestBody.Content)
			}
			for _, r := range o.Responses {
				content(r.Content)
			}
		}
	}
	for _, r := range d.Components.Responses {
		content(r.Content)
	}
	return all
}
