package exec

import (
	"fmt"
	"strings"

	"github.com/shardway/shardway/mysql"
)

// combinedInfo adds up the human-readable part of OK packets, which reads
// "Rows matched: 1  Changed: 1  Warnings: 0" or "Records: 2  Duplicates: 0  Warnings: 0".
func combinedInfo(sums []mysql.Summary, copies bool) string {
	if len(sums) == 0 || sums[0].Info == "" {
		return ""
	}
	labels, totals := splitInfo(sums[0].Info)
	if !copies {
		for i := range sums[1:] {
			_, n := splitInfo(sums[i+1].Info)
			for j := range min(len(n), len(totals)) {
				totals[j] += n[j]
			}
		}
	}
	var b strings.Builder
	for i, label := range labels {
		if i > 0 {
			b.WriteString("  ")
		}
		fmt.Fprintf(&b, "%s: %d", label, totals[i])
	}
	return b.String()
}

// insertInfo is what MySQL says of an INSERT of several rows. A group that was
// given one row says nothing, so what became of that follows from its other
// numbers: a row that replaced others counts these, one that INSERT IGNORE
// dropped leaves a warning behind. placed are the rows that each group was given.
func insertInfo(sums []mysql.Summary, placed [][]int, copies bool) string {
	if copies {
		sums = sums[:1]
	}
	var records, duplicates, warnings int64
	for i := range sums {
		sum := &sums[i]
		records += int64(len(placed[i]))
		warnings += int64(sum.Warnings)
		_, numbers := splitInfo(sum.Info)
		switch {
		case len(numbers) == 3:
			duplicates += numbers[1]
		case sum.AffectedRows > 1:
			duplicates += int64(sum.AffectedRows) - 1
		case sum.AffectedRows == 0 && sum.Warnings > 0:
			duplicates++
		}
	}
	if records == 1 {
		return ""
	}
	return fmt.Sprintf("Records: %d  Duplicates: %d  Warnings: %d", records, duplicates, warnings)
}

func splitInfo(info string) (labels []string, numbers []int64) {
	for _, field := range strings.Split(info, "  ") {
		label, value, ok := strings.Cut(field, ": ")
		var n int64
		if _, err := fmt.Sscan(value, &n); !ok || err != nil {
			return nil, nil
		}
		labels, numbers = append(labels, label), append(numbers, n)
	}
	return labels, numbers
}
