"""Precision and recall of a judge on a labelled set of names (CSV) or pages (JSON lines).

Flagged, the one meaning everywhere, is the answer that is measured. Grey rows count in neither number.
"""

from domainscan.evaluate.counts import Counts
from domainscan.evaluate.dataset import BadDataset, Dataset, Row, load_dataset
from domainscan.evaluate.intervals import bootstrap, wilson
from domainscan.evaluate.mistakes import Mistake, explaining
from domainscan.evaluate.remarks import remarks
from domainscan.evaluate.report import Answer, Report, evaluate

__all__ = [
    "Answer",
    "BadDataset",
    "Counts",
    "Dataset",
    "Mistake",
    "Report",
    "Row",
    "bootstrap",
    "evaluate",
    "explaining",
    "load_dataset",
    "remarks",
    "wilson",
]
