package playground

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// sampleKeyspace is the sample's keyspace; sampleBatch how many rows an INSERT has.
const (
	sampleKeyspace = "shop"
	sampleBatch    = 250
)

// sampleTables declare their kinds in their comments, as an application would.
func sampleTables() []string {
	return []string{
		`CREATE TABLE customers (
			id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
			name VARCHAR(100) NOT NULL,
			email VARCHAR(120) NOT NULL,
			city VARCHAR(60) NOT NULL,
			country CHAR(2) NOT NULL,
			language CHAR(2) NOT NULL,
			joined DATE NOT NULL,
			KEY (country)
		) COMMENT = 'shardway:shard_key=id'`,
		`CREATE TABLE orders (
			id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
			customer_id BIGINT NOT NULL,
			ordered_at DATETIME NOT NULL,
			status VARCHAR(12) NOT NULL,
			note VARCHAR(200) NOT NULL,
			KEY (customer_id)
		) COMMENT = 'shardway:shard_key=customer_id'`,
		`CREATE TABLE order_items (
			id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
			customer_id BIGINT NOT NULL,
			order_id BIGINT NOT NULL,
			product_id INT NOT NULL,
			quantity INT NOT NULL,
			price DECIMAL(10,2) NOT NULL,
			KEY (customer_id, order_id)
		) COMMENT = 'shardway:shard_key=customer_id'`,
		`CREATE TABLE products (
			id INT NOT NULL PRIMARY KEY,
			name VARCHAR(100) NOT NULL,
			price DECIMAL(10,2) NOT NULL,
			stock INT NOT NULL
		) COMMENT = 'shardway:reference'`,
		`CREATE TABLE settings (
			name VARCHAR(64) NOT NULL PRIMARY KEY,
			value VARCHAR(200) NOT NULL
		) COMMENT = 'shardway:single'`,
	}
}

// loadSample fills the keyspace shop through the proxy, with SQL that any
// client could send. One that was interrupted is begun anew.
func (p *playground) loadSample(ctx context.Context) error {
	if err := p.prepareShop(ctx); err != nil {
		return err
	}
	db, err := open(p.layout.Ports.Proxy, appUser, p.layout.AppPassword, sampleKeyspace)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, table := range sampleTables() {
		if _, err := db.ExecContext(ctx, table); err != nil {
			return fmt.Errorf("sample: %w", err)
		}
	}
	for _, content := range newSample().rows() {
		if err := insertAll(ctx, db, content); err != nil {
			return fmt.Errorf("sample table %s: %w", content.table, err)
		}
	}
	p.layout.SampleLoaded = true
	return p.layout.save(p.dir)
}

func (p *playground) prepareShop(ctx context.Context) error {
	db, err := open(p.layout.Ports.Proxy, appUser, p.layout.AppPassword, "")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + sampleKeyspace, "CREATE DATABASE " + sampleKeyspace} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("sample: %s: %w", statement, err)
		}
	}
	return nil
}

// tableRows is the content of one table.
type tableRows struct {
	table   string
	columns []string
	rows    [][]any
}

func (s *sample) rows() []tableRows {
	customers := tableRows{table: "customers", columns: []string{"id", "name", "email", "city", "country", "language", "joined"}}
	for _, c := range s.customers {
		customers.rows = append(customers.rows, []any{c.id, c.name, c.email, c.city, c.country, c.language, c.joined.Format("2006-01-02")})
	}
	orders := tableRows{table: "orders", columns: []string{"id", "customer_id", "ordered_at", "status", "note"}}
	for _, o := range s.orders {
		orders.rows = append(orders.rows, []any{o.id, o.customer, o.at.Format("2006-01-02 15:04:05"), o.status, o.note})
	}
	items := tableRows{table: "order_items", columns: []string{"id", "customer_id", "order_id", "product_id", "quantity", "price"}}
	for _, i := range s.items {
		items.rows = append(items.rows, []any{i.id, i.customer, i.order, i.product, i.quantity, money(i.cents)})
	}
	products := tableRows{table: "products", columns: []string{"id", "name", "price", "stock"}}
	for _, p := range s.products {
		products.rows = append(products.rows, []any{p.id, p.name, money(p.cents), p.stock})
	}
	settings := tableRows{table: "settings", columns: []string{"name", "value"}, rows: [][]any{
		{"currency", "EUR"}, {"greeting", "Καλώς ήρθατε · ようこそ · أهلاً"}, {"vat_percent", "20"},
	}}
	return []tableRows{customers, products, settings, orders, items}
}

func money(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

func insertAll(ctx context.Context, db *sql.DB, content tableRows) error {
	tuple := "(?" + strings.Repeat(", ?", len(content.columns)-1) + ")"
	for begin := 0; begin < len(content.rows); begin += sampleBatch {
		batch := content.rows[begin:min(begin+sampleBatch, len(content.rows))]
		var args []any
		for _, row := range batch {
			args = append(args, row...)
		}
		statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", content.table, strings.Join(content.columns, ", "),
			tuple+strings.Repeat(", "+tuple, len(batch)-1))
		if _, err := db.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
	}
	return nil
}
