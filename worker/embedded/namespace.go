package embedded

import (
	"context"
	databasesql "database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/persistence"
	"go.temporal.io/server/common/persistence/serialization"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/common/searchattribute/sadefs"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// errTooMany marks search attributes for which no database of this kind has room.
var errTooMany = errors.New("too many search attributes")

// ensureNamespace writes the namespace, its retention and its search attributes into the
// database before the server reads it. The API would do the same on a running server,
// which then needs seconds until all its services have noticed.
func ensureNamespace(ctx context.Context, db sqlplugin.DB, o Options) error {
	rows, err := db.SelectFromNamespace(ctx, sqlplugin.NamespaceFilter{Name: &o.Namespace})
	if err != nil && !errors.Is(err, databasesql.ErrNoRows) {
		return fmt.Errorf("read namespace %s: %w", o.Namespace, err)
	}
	if len(rows) == 0 {
		return createNamespace(ctx, db, o)
	}
	return updateNamespace(ctx, db, rows[0], o)
}

func createNamespace(ctx context.Context, db sqlplugin.DB, o Options) error {
	ns, err := sqlite.NewNamespaceConfig(clusterName, o.Namespace, false, nil)
	if err != nil {
		return fmt.Errorf("create namespace %s: %w", o.Namespace, err)
	}
	ns.Detail.Info.Description = "Spacebridge"
	ns.Detail.Config.Retention = durationpb.New(o.Retention)
	if ns.Detail.Config.CustomSearchAttributeAliases, err = assign(nil, o.SearchAttributes); err != nil {
		return err
	}
	blob, err := serialization.NewSerializer().NamespaceDetailToBlob(ns.Detail)
	if err != nil {
		return fmt.Errorf("create namespace %s: %w", o.Namespace, err)
	}
	id, err := primitives.ParseUUID(ns.Detail.GetInfo().GetId())
	if err != nil {
		return fmt.Errorf("create namespace %s: %w", o.Namespace, err)
	}
	if _, err = db.InsertIntoNamespace(ctx, &sqlplugin.NamespaceRow{
		ID: id, Name: o.Namespace, Data: blob.GetData(), DataEncoding: blob.GetEncodingType().String(),
	}); err != nil {
		return fmt.Errorf("create namespace %s: %w", o.Namespace, err)
	}
	return nil
}

func updateNamespace(ctx context.Context, db sqlplugin.DB, row sqlplugin.NamespaceRow, o Options) error {
	codec := serialization.NewSerializer()
	detail, err := codec.NamespaceDetailFromBlob(persistence.NewDataBlob(row.Data, row.DataEncoding))
	if err != nil {
		return fmt.Errorf("%w: namespace %s: %w", errUnusable, o.Namespace, err)
	}
	aliases, err := assign(detail.GetConfig().GetCustomSearchAttributeAliases(), o.SearchAttributes)
	if err != nil {
		return err
	}
	if detail.Config.Retention.AsDuration() == o.Retention && maps.Equal(aliases, detail.Config.CustomSearchAttributeAliases) {
		return nil
	}
	detail.Config.Retention = durationpb.New(o.Retention)
	detail.Config.CustomSearchAttributeAliases = aliases
	detail.ConfigVersion++
	blob, err := codec.NamespaceDetailToBlob(detail)
	if err != nil {
		return fmt.Errorf("update namespace %s: %w", o.Namespace, err)
	}
	row.Data, row.DataEncoding = blob.GetData(), blob.GetEncodingType().String()
	if _, err = db.UpdateNamespace(ctx, &row); err != nil {
		return fmt.Errorf("update namespace %s: %w", o.Namespace, err)
	}
	return nil
}

// assign gives every wanted search attribute one of the columns which the SQLite schema
// has ready for its type (Keyword01, Int02, …), keeping those given before: aliases maps
// column to name, as the namespace stores it. A name that changed its type cannot be
// kept, because the old values are in the old column: errUnusable.
func assign(aliases map[string]string, wanted map[string]enumspb.IndexedValueType) (map[string]string, error) {
	columns := sadefs.GetDBIndexSearchAttributes(nil).GetCustomSearchAttributes()
	out := make(map[string]string, len(aliases)+len(wanted))
	maps.Copy(out, aliases)
	given := make(map[string]string, len(aliases))
	for column, name := range aliases {
		given[name] = column
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		kind := wanted[name]
		if column, ok := given[name]; ok {
			if columns[column] != kind {
				return nil, fmt.Errorf("%w: search attribute %s is %s in the database, wanted %s", errUnusable, name, columns[column], kind)
			}
			continue
		}
		column, err := freeColumn(columns, out, kind)
		if err != nil && len(aliases) > 0 {
			// Names of old releases fill the columns; an empty file has room.
			return nil, fmt.Errorf("%w: search attribute %s: %s", errUnusable, name, err.Error())
		}
		if err != nil {
			return nil, fmt.Errorf("search attribute %s: %w", name, err)
		}
		out[column] = name
	}
	return out, nil
}

func freeColumn(columns map[string]enumspb.IndexedValueType, taken map[string]string, kind enumspb.IndexedValueType) (string, error) {
	for _, column := range slices.Sorted(maps.Keys(columns)) {
		if _, used := taken[column]; !used && columns[column] == kind {
			return column, nil
		}
	}
	return "", fmt.Errorf("%w: SQLite has no more columns of type %s", errTooMany, kind)
}
