"""Descriptions of well-known public data sets, and searches with the package that people look for."""

from typing import NamedTuple


class JudgedPackage(NamedTuple):
    name: str
    message: str
    meta: dict[str, object]
    readme: str


PACKAGES = [
    JudgedPackage(
        "uci/iris",
        "Import the iris measurements",
        {"licence": "CC-BY-4.0", "tags": ["botany", "classification"], "year": 1936},
        "# Iris\nSepal and petal length and width of 150 flowers of three species: setosa, versicolor and virginica. "
        "Fisher used it to introduce linear discriminant analysis.",
    ),
    JudgedPackage(
        "uci/wine-quality",
        "Red and white vinho verde",
        {"licence": "CC-BY-4.0", "tags": ["food", "regression"], "year": 2009},
        "# Wine quality\nPhysicochemical tests (acidity, sugar, chlorides, sulphates, alcohol) of Portuguese red and white "
        "wine, with a score given by tasters.",
    ),
    JudgedPackage(
        "uci/wine",
        "Chemical analysis of wines",
        {"licence": "CC-BY-4.0", "tags": ["food", "classification"], "year": 1991},
        "# Wine recognition\nThirteen constituents of wine from three cultivars grown in one region of Italy.",
    ),
    JudgedPackage(
        "uci/adult",
        "Census income",
        {"tags": ["census", "classification"], "year": 1996},
        "# Adult\nAge, education, occupation and working hours from the 1994 census of the United States; "
        "predict whether someone earns more than 50,000 dollars a year.",
    ),
    JudgedPackage(
        "palmer/penguins",
        "Add the raw measurements",
        {"licence": "CC0-1.0", "tags": ["zoology", "classification"], "location": "Antarctica"},
        "# Palmer penguins\nBill length, flipper length and body mass of Adélie, chinstrap and gentoo penguins on three "
        "islands near Palmer Station. A friendlier alternative to the iris flowers.",
    ),
    JudgedPackage(
        "vision/mnist",
        "Handwritten digits as PNG",
        {"tags": ["images", "classification"], "year": 1998},
        "# MNIST\n70,000 grey pictures of handwritten digits, 28 by 28 pixels, split into training and test sets.",
    ),
    JudgedPackage(
        "vision/fashion-mnist",
        "Clothing articles",
        {"licence": "MIT", "tags": ["images", "classification"], "year": 2017},
        "# Fashion-MNIST\nPictures of shirts, trousers, bags and shoes in the format of the handwritten digits, which it replaces.",
    ),
    JudgedPackage(
        "vision/cifar-10",
        "Tiny colour images",
        {"tags": ["images", "classification"], "year": 2009},
        "# CIFAR-10\n60,000 colour pictures of 32 by 32 pixels in ten classes: aeroplane, car, bird, cat, deer, dog, frog, horse, ship, truck.",
    ),
    JudgedPackage(
        "vision/coco",
        "Captions and segmentation masks of 2017",
        {"licence": "CC-BY-4.0", "tags": ["images", "detection", "captions"]},
        "# Common objects in context\nPhotographs with outlines of 80 kinds of objects, key points of people, and five captions each.",
    ),
    JudgedPackage(
        "geno/1000genomes",
        "Phase 3 variant calls",
        {"tags": ["genomics", "human", "variants"], "assembly": "GRCh37"},
        "# 1000 Genomes\nGenetic variants of 2,504 people from 26 populations, as VCF files for each chromosome, with the panel of samples.",
    ),
    JudgedPackage(
        "geno/gnomad",
        "Sites of exomes v4",
        {"tags": ["genomics", "human", "variants"], "assembly": "GRCh38"},
        "# gnomAD\nAllele frequencies aggregated from exome and genome sequencing of many studies, with annotations of constraint.",
    ),
    JudgedPackage(
        "geno/tcga-brca",
        "RNA expression counts",
        {"tags": ["genomics", "cancer", "RNA-seq"], "tissue": "breast"},
        "# TCGA breast cancer\nGene expression, mutations, methylation and clinical records of invasive breast carcinoma patients.",
    ),
    JudgedPackage(
        "geno/pbmc-3k",
        "Filtered gene matrix",
        {"tags": ["single-cell", "RNA-seq"], "cells": 2700, "organism": "human"},
        "# 3k PBMC\nSingle-cell RNA sequencing of peripheral blood mononuclear cells of a healthy donor, as a sparse matrix.",
    ),
    JudgedPackage(
        "geno/covid-sequences",
        "Weekly refresh of SARS-CoV-2 assemblies",
        {"tags": ["genomics", "virus", "COVID-19"]},
        "# SARS-CoV-2 sequences\nConsensus genomes of the coronavirus with lineage, date and country of collection.",
    ),
    JudgedPackage(
        "jhu/covid-19",
        "Daily counts",
        {"tags": ["epidemiology", "COVID-19", "time series"], "status": "archived"},
        "# COVID-19 data repository\nConfirmed cases, deaths and recoveries of each country and county, day by day from 2020 to 2023.",
    ),
    JudgedPackage(
        "proteins/alphafold-human",
        "Predicted structures of the human proteome",
        {"licence": "CC-BY-4.0", "tags": ["proteins", "structures"]},
        "# AlphaFold, human\nPredicted three-dimensional structures of 20,000 human proteins as mmCIF, with confidence for each residue.",
    ),
    JudgedPackage(
        "proteins/pdbbind",
        "Refined set",
        {"tags": ["proteins", "ligands", "drug discovery"]},
        "# PDBbind\nComplexes of proteins with small molecules and their measured binding affinities, for docking.",
    ),
    JudgedPackage(
        "chem/qm9",
        "Small organic molecules",
        {"tags": ["chemistry", "quantum"], "molecules": 133885},
        "# QM9\nGeometries, energies and dipole moments of 134,000 molecules with up to nine heavy atoms, computed by density functional theory.",
    ),
    JudgedPackage(
        "chem/tox21",
        "Assay results",
        {"tags": ["chemistry", "toxicology"]},
        "# Tox21\nActivity of 8,000 compounds in twelve assays of nuclear receptors and stress response.",
    ),
    JudgedPackage(
        "earth/era5",
        "Hourly reanalysis, 2 m temperature",
        {"tags": ["climate", "weather", "reanalysis"], "format": "NetCDF"},
        "# ERA5\nHourly estimates of temperature, wind, pressure and precipitation of the whole earth on a grid since 1940, by ECMWF.",
    ),
    JudgedPackage(
        "earth/ghcn-daily",
        "Station records",
        {"tags": ["climate", "weather"], "format": "CSV"},
        "# GHCN daily\nDaily maximum and minimum temperature, rain and snow of 100,000 weather stations.",
    ),
    JudgedPackage(
        "earth/sentinel-2",
        "L2A tiles of the Alps",
        {"tags": ["satellite", "imagery"], "format": "GeoTIFF"},
        "# Sentinel-2\nMultispectral satellite imagery at 10 metres with cloud masks, atmospherically corrected.",
    ),
    JudgedPackage(
        "earth/landsat-8",
        "Scenes of 2020",
        {"tags": ["satellite", "imagery"], "format": "GeoTIFF"},
        "# Landsat 8\nImages of the land surface in eleven bands, every sixteen days, 30 metres to the pixel.",
    ),
    JudgedPackage(
        "earth/usgs-earthquakes",
        "Catalogue of magnitude 4.5 and above",
        {"tags": ["seismology", "hazards"], "magnitude": {"min": 4.5}},
        "# Earthquakes\nTime, place, depth and magnitude of earthquakes around the world from the catalogue of the USGS.",
    ),
    JudgedPackage(
        "city/nyc-taxi",
        "Yellow cab trips in Parquet",
        {"tags": ["transport", "time series"], "city": "New York"},
        "# New York taxi trips\nPick-up and drop-off times and zones, fares, tips and distances of yellow and green cabs, month by month.",
    ),
    JudgedPackage(
        "city/bike-sharing",
        "Hourly rentals",
        {"tags": ["transport", "regression"], "city": "Washington"},
        "# Bike sharing\nRentals of bicycles by hour with weather and holidays.",
    ),
    JudgedPackage(
        "city/melbourne-pedestrians",
        "Counts of sensors",
        {"tags": ["transport", "time series"], "city": "Melbourne"},
        "# Pedestrian counts\nPeople who pass sensors in the streets of Melbourne each hour.",
    ),
    JudgedPackage(
        "economy/world-bank-gdp",
        "Update of July",
        {"tags": ["economics", "countries"], "status": "released"},
        "# Gross domestic product\nGDP of all countries by year in current US dollars, with population and income group.",
    ),
    JudgedPackage(
        "economy/lending-club",
        "Loans to 2018",
        {"tags": ["finance", "credit"]},
        "# Lending Club\nPeer-to-peer loans with interest rate, grade, purpose and whether they were paid back or charged off.",
    ),
    JudgedPackage(
        "economy/stock-prices",
        "Daily closes of the S&P 500",
        {"tags": ["finance", "time series"]},
        "# Stock prices\nOpen, high, low, close and volume of the shares in the S&P 500 index.",
    ),
    JudgedPackage(
        "text/imdb-reviews",
        "Large movie review set",
        {"tags": ["text", "sentiment"]},
        "# Movie reviews\n50,000 reviews of films with their polarity, positive or negative.",
    ),
    JudgedPackage(
        "text/movielens-25m",
        "Ratings and tag genome",
        {"tags": ["recommendation", "ratings"]},
        "# MovieLens\n25 million ratings of 62,000 films by 162,000 users, with tags.",
    ),
    JudgedPackage(
        "text/squad",
        "Questions with spans",
        {"licence": "CC-BY-SA-4.0", "tags": ["text", "question answering"]},
        "# SQuAD\nQuestions that people asked about articles of Wikipedia; each answer is a span of the passage.",
    ),
    JudgedPackage(
        "text/common-voice-de",
        "German clips of release 17",
        {"licence": "CC0-1.0", "tags": ["speech", "audio"], "language": "de"},
        "# Common Voice, Deutsch\nGesprochene Sätze von Freiwilligen mit Alter und Geschlecht. Für Straße, Übung und Äpfel ist gesorgt.",
    ),
    JudgedPackage(
        "audio/urbansound8k",
        "Ten folds",
        {"tags": ["audio", "classification"]},
        "# UrbanSound8K\n8,732 excerpts of urban sounds: air conditioner, car horn, dog bark, drilling, siren, street music.",
    ),
    JudgedPackage(
        "neuro/openneuro-faces",
        "BIDS, 16 subjects",
        {"tags": ["neuroimaging", "MRI", "EEG"], "format": "BIDS"},
        "# Face processing\nFunctional MRI, MEG and EEG of sixteen people looking at famous, unfamiliar and scrambled faces.",
    ),
    JudgedPackage(
        "med/mimic-demo",
        "Intensive care, 100 patients",
        {"tags": ["clinical", "health records"], "status": "restricted"},
        "# MIMIC demo\nVital signs, laboratory results, medication and notes of patients in intensive care, de-identified.",
    ),
    JudgedPackage(
        "med/chest-xray14",
        "Labels and boxes",
        {"tags": ["images", "radiology"]},
        "# ChestX-ray14\n112,000 frontal X-ray pictures of the chest with labels of fourteen diseases such as pneumonia and effusion.",
    ),
    JudgedPackage(
        "med/isic-melanoma",
        "Dermoscopic images of 2020",
        {"tags": ["images", "dermatology", "cancer"]},
        "# ISIC 2020\nDermoscopic pictures of skin lesions, benign or melanoma, with age, sex and site.",
    ),
    JudgedPackage(
        "space/gaia-dr3",
        "Astrometry of nearby stars",
        {"tags": ["astronomy", "catalogue"]},
        "# Gaia DR3\nPositions, parallaxes, proper motions and brightness of stars within 100 parsecs.",
    ),
]

SEARCHES = {
    "iris": "uci/iris",
    "uci iris": "uci/iris",
    "penguins": "palmer/penguins",
    "Adelie OR Adélie": "palmer/penguins",
    "flipper length": "palmer/penguins",
    "antarctica": "palmer/penguins",
    "wine": "uci/wine",
    "wine quality": "uci/wine-quality",
    "vinho verde": "uci/wine-quality",
    "italy cultivars": "uci/wine",
    "mnist": "vision/mnist",
    "fashion": "vision/fashion-mnist",
    "handwritten digits": "vision/mnist",
    "cifar": "vision/cifar-10",
    "captions": "vision/coco",
    "census income": "uci/adult",
    "1000genomes": "geno/1000genomes",
    "variants GRCh38": "geno/gnomad",
    "allele frequencies": "geno/gnomad",
    "breast cancer": "geno/tcga-brca",
    "single-cell": "geno/pbmc-3k",
    "blood cells RNA": "geno/pbmc-3k",
    "coronavirus lineage": "geno/covid-sequences",
    '"COVID-19" deaths': "jhu/covid-19",
    "covid": "jhu/covid-19",
    "protein structures human": "proteins/alphafold-human",
    "binding affinities": "proteins/pdbbind",
    "molecules energies": "chem/qm9",
    "tox*": "chem/tox21",
    "hourly temperature wind": "earth/era5",
    "weather stations snow": "earth/ghcn-daily",
    "sentinel": "earth/sentinel-2",
    "satellite imagery clouds OR cloud": "earth/sentinel-2",
    "earthquakes": "earth/usgs-earthquakes",
    "taxi": "city/nyc-taxi",
    "cab fares": "city/nyc-taxi",
    "meta.city:Melbourne": "city/melbourne-pedestrians",
    "gdp": "economy/world-bank-gdp",
    "loans": "economy/lending-club",
    "movie reviews": "text/imdb-reviews",
    "film ratings OR movielens": "text/movielens-25m",
    "STRASSE": "text/common-voice-de",
    "dog bark": "audio/urbansound8k",
    "EEG faces": "neuro/openneuro-faces",
    "pneumonia": "med/chest-xray14",
    "melanoma": "med/isic-melanoma",
    "meta.cells:>1000": "geno/pbmc-3k",
    "meta.year:<1950": "uci/iris",
    "meta.status:restricted": "med/mimic-demo",
    "parallaxes": "space/gaia-dr3",
}
"""By what people type, the package that they look for. It must come first."""
