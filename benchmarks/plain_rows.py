"""What one would write with pandas and scikit-learn: the other side of bench_rows.

It runs in the environment of a bake: TABLE is the CSV file, TEST the rows of the test
side, and PLAN says in JSON what to try, how to measure and what the folds follow.
"""

import json
import sys
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    ParameterGrid,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ESTIMATORS = {
    "dummy": lambda: DummyClassifier(random_state=1),
    "logistic_regression": lambda: LogisticRegression(random_state=1),
    "hist_gradient_boosting": lambda: HistGradientBoostingClassifier(random_state=1),
}


def main(table_path: str, test_path: str, plan_path: str) -> None:
    """Tune, choose, refit, measure with intervals, rank the features, and write."""
    with open(plan_path, encoding="utf-8") as stream:
        plan = json.load(stream)
    features = plan["numeric"] + plan["categorical"]
    table = pd.read_csv(table_path).dropna(subset="target")
    is_test = table["id"].isin(pd.read_parquet(test_path, columns=["id"])["id"])
    train, test = table[~is_test], table[is_test]
    y, y_test = ((side["target"] == "yes").astype(int) for side in (train, test))

    def build(estimator: str, settings: dict[str, Any]) -> Pipeline:
        numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        onehot = OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=plan["max_categories"],
            sparse_output=False,
        )
        columns = ColumnTransformer(
            [("n", numeric, plan["numeric"]), ("c", onehot, plan["categorical"])]
        )
        return make_pipeline(columns, ESTIMATORS[estimator]().set_params(**settings))

    groups, splitter = None, StratifiedKFold
    if plan["group"]:
        groups, splitter = pd.factorize(train["group"])[0], StratifiedGroupKFold
    made = splitter(plan["folds"], shuffle=True, random_state=1)
    folds = list(made.split(train, y, groups))
    trials = []
    for candidate in plan["candidates"].values():
        for settings in ParameterGrid(candidate["grid"]):
            model = build(candidate["estimator"], settings)
            scores = cross_val_score(
                model, train[features], y, cv=folds, scoring=plan["score"]
            )
            trials.append((scores.mean(), candidate["estimator"], settings))
    _, estimator, settings = max(trials, key=lambda trial: trial[0])
    model = build(estimator, settings).fit(train[features], y)
    joblib.dump(model, "plain.joblib")

    scores = model.predict_proba(test[features])[:, 1]
    truth, decided = y_test.to_numpy(), (scores >= 0.5).astype(int)
    generator = np.random.default_rng(1)
    members = None
    if plan["group"]:
        codes = pd.factorize(test["group"])[0]
        order = np.argsort(codes, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    draws = []
    for _ in range(plan["resamples"]):
        count = len(members) if members else len(truth)
        rows = generator.integers(count, size=count)
        if members:
            rows = np.concatenate([members[group] for group in rows])
        draws.append(measure(truth[rows], scores[rows], decided[rows]))
    ranked = permutation_importance(
        model,
        test[features],
        y_test,
        scoring=plan["score"],
        n_repeats=plan["permutations"],
        random_state=1,
    )
    result = {
        "values": measure(truth, scores, decided),
        "low": np.quantile(draws, 0.025, axis=0).tolist(),
        "high": np.quantile(draws, 0.975, axis=0).tolist(),
        "importance": ranked.importances_mean.tolist(),
    }
    with open("plain.json", "w", encoding="utf-8") as stream:
        json.dump(result, stream)


def measure(truth: np.ndarray, scores: np.ndarray, decided: np.ndarray) -> list[float]:
    """Return the metrics that a bake has for two classes."""
    return [
        float(metrics.roc_auc_score(truth, scores)),
        float(metrics.accuracy_score(truth, decided)),
        float(metrics.balanced_accuracy_score(truth, decided)),
        float(metrics.f1_score(truth, decided)),
        float(metrics.brier_score_loss(truth, scores)),
        float(metrics.log_loss(truth, scores, labels=[0, 1])),
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
